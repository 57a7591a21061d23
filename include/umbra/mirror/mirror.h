// Mirror: the copy leg of one worker: the tap of its relay, with one Shadow for each configured one.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "umbra/mirror/shadow.h"

namespace umbra::mirror {

class Mirror final : public relay::Tap, public ShadowHost {
 public:
  // `workers`: by how many the process-wide bounds of the options are shared.
  Mirror(net::Loop& loop, const Options& options, unsigned workers, Log& log);
  ~Mirror();

  relay::Taken on_request(const relay::RequestSeen& request) noexcept override;

  // Drops what waits; what has been sent may still be answered until cut().
  void drain();
  void cut();
  // Called once, when nothing is in flight (perhaps at once).
  void when_quiet(std::function<void()> on_quiet);

  std::vector<metrics::ShadowCounters> counters() const;

 private:
  class BodyCopies;
  http::Head& head_scratch() override { return answer_head_; }
  void on_shadow_busy() override { turn_end_.arm(); }
  void on_shadow_quiet() override;
  bool quiet() const noexcept;

  TotalBudget total_;
  http::Head answer_head_;
  CopyHead copy_head_;
  std::vector<std::unique_ptr<Shadow>> shadows_;
  net::TurnEnd turn_end_;
  std::function<void()> on_quiet_;
  bool draining_ = false;
};

}  // namespace umbra::mirror
