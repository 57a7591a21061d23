// Mirror: the copy leg of one worker: the tap of its relay, with one Shadow for each configured one.
#pragma once

#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/random.h"
#include "umbra/mirror/preparation.h"
#include "umbra/mirror/raw_shadows.h"
#include "umbra/mirror/shadow.h"

namespace umbra::mirror {

// What a person has said of a shadow at run time.
struct Steering {
  bool paused = false;
  std::optional<rules::BasisPoints> percent;  // none: as configured
};

class Mirror final : public relay::Tap, public ShadowHost {
 public:
  // `workers`: by how many the process-wide bounds of the options are shared.
  Mirror(net::Loop& loop, const Options& options, unsigned workers, Log& log);
  ~Mirror();

  relay::Taken on_request(const relay::RequestSeen& request) noexcept override;
  bool wants_client() const noexcept override { return wants_client_; }
  std::unique_ptr<relay::SessionTap> on_session() noexcept override { return raw_.on_session(); }

  // From now on the options are these.  A shadow of the same name at the same place stays, with its counters,
  // its connections and its copies in flight; one that is gone drops what waits, ends what it has sent, and
  // says its figures in the log.
  void reconfigure(const Options& options);
  // Nothing if there is no such shadow.
  void steer(std::string_view shadow, const Steering& steering);
  // The switch for all copies.
  void set_off(bool off) noexcept {
    off_ = off;
    raw_.set_off(off);
  }

  // Drops what waits; what has been sent may still be answered until cut().
  void drain();
  void cut();
  // Called once, when nothing is in flight (perhaps at once).
  void when_quiet(std::function<void()> on_quiet);

  // In the order of the options.
  std::vector<metrics::ShadowCounters> counters() const;
  // Of the shadows that a reconfiguration took away, together: those whose copies are in flight too.
  metrics::ShadowCounters removed() const;
  // The names behind the bits of relay::Taken::copied_to.  A shadow keeps its bit for as long as it stays,
  // and the bit of one that has gone is the last to be given again.
  const std::vector<std::string>& names_of_bits() const noexcept { return names_of_bits_; }

 private:
  struct Leg;
  struct Seen;
  class BodyCopies;
  http::Head& head_scratch() override { return answer_head_; }
  void on_shadow_busy() override { turn_end_.arm(); }
  void on_shadow_quiet() override;
  bool quiet() const noexcept;
  void end_turn();
  void bury_left();
  std::unique_ptr<Leg> make_leg(const ShadowOptions& options, const Options& all);
  void let_go_of_all_but(const std::vector<ShadowOptions>& shadows);
  unsigned take_bit(const std::string& name);
  bool copy_to(Leg& leg, const Seen& seen, std::unique_ptr<BodyCopies>& bodies);
  bool copy_masked(Leg& leg, const Seen& seen, std::unique_ptr<BodyCopies>& bodies);

  net::Loop& loop_;
  Log& log_;
  unsigned workers_;
  TotalBudget total_;
  Random random_{random_seed()};
  http::Head answer_head_;
  Preparation preparation_;
  std::vector<std::unique_ptr<Leg>> legs_;     // in the order of the options; http only
  std::vector<std::unique_ptr<Leg>> leaving_;  // gone from the options, with copies in flight
  metrics::ShadowCounters gone_;               // ... and without
  std::vector<std::string> names_of_bits_;
  std::bitset<kShadowsMax> bits_;  // in use by legs_
  size_t last_bit_ = kShadowsMax - 1;
  RawShadows raw_;
  std::vector<bool> is_raw_;  // each of the options' shadows
  net::TurnEnd turn_end_;
  std::function<void()> on_quiet_;
  bool draining_ = false;
  bool off_ = false;
  bool wants_client_ = false;
};

}  // namespace umbra::mirror
