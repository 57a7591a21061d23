// RawShadows: the tcp shadows of one worker's mirror, which is their host and owns them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "umbra/mirror/raw_shadow.h"

namespace umbra::mirror {

class RawShadows {
 public:
  RawShadows(net::Loop& loop, ShadowHost& host, unsigned workers, TotalBudget& total, Log& log);
  ~RawShadows();

  // The tcp shadows among the options' are these from now on.  One of the same name at the same place stays;
  // one that is gone ends with the sessions that it copies, and says its figures in the log.
  void reconfigure(const Options& options);
  void pause(std::string_view shadow, bool paused);
  void set_off(bool off) noexcept { off_ = off; }

  // null: there are none, or none takes this session.
  std::unique_ptr<relay::SessionTap> on_session();

  void end_turn();
  void drain();
  void cut();
  bool quiet() const noexcept;
  // A shadow that has gone from the options waits for its last copies.
  bool anyone_leaving() const noexcept { return !leaving_.empty(); }
  // In the order of the options.
  std::vector<metrics::ShadowCounters> counters() const;
  // Of those that a reconfiguration took away, together.
  metrics::ShadowCounters removed() const;

 private:
  class Copies;
  struct Leg;
  std::unique_ptr<Leg> take_leg(const ShadowOptions& options);
  void bury_left();

  net::Loop& loop_;
  ShadowHost& host_;
  unsigned workers_;
  TotalBudget& total_;
  Log& log_;
  std::vector<std::unique_ptr<Leg>> legs_;     // in the order of the options
  std::vector<std::unique_ptr<Leg>> leaving_;  // gone from the options, with copies in flight
  metrics::ShadowCounters gone_;               // ... and without
  bool off_ = false;
};

}  // namespace umbra::mirror
