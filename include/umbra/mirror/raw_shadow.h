// RawShadow: one worker's leg to one tcp shadow: a connection of its own for each session, its bounds and its
// counters.  What the counters call a copy is here a connection.
//
// A breaker as other shadows have it, but the probe is the next session's copy when one is due: a connection
// that says nothing is not what a shadow of an unknown protocol expects.  Owned by RawShadows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "umbra/mirror/raw_copy.h"
#include "umbra/mirror/shadow.h"

namespace umbra::mirror {

class RawShadow final : public RawCopyHost {
 public:
  RawShadow(net::Loop& loop, ShadowHost& host, const ShadowOptions& shadow, const Options& all,
            unsigned workers, TotalBudget& total, Log& log);
  ~RawShadow();

  // New options for the same place; copies under way keep their connect timeout.
  void reconfigure(const ShadowOptions& shadow, const Options& all, unsigned workers);

  // A session has begun: puts its copy on the seat, or leaves it empty and counts why.
  void begin(RawSeat& seat);
  // It gets no copy of a session that has begun.
  void refuse(Drop why) noexcept;

  void end_turn();
  // What has not connected is dropped; the rest ends with its session.
  void drain();
  void cut();
  bool quiet() const noexcept { return counters_.in_flight == 0; }

  metrics::ShadowCounters counters() const;

 private:
  void on_connected(RawCopy& copy) override;
  void on_connect_failed(RawCopy& copy, Fail why) override;
  void on_sent(size_t bytes) override { counters_.bytes_sent += bytes; }
  void on_received(size_t bytes) override { counters_.bytes_received += bytes; }
  void on_waiting() override;
  void on_reading_paused(RawCopy& copy) override;
  void on_over(RawCopy& copy, RawOutcome outcome) override;

  Drop barred() const noexcept;
  void count(RawOutcome outcome) noexcept;
  void lose_unconnected(Drop why);
  void tick();
  void report_quiet();

  net::Loop& loop_;
  ShadowHost& host_;
  Log& log_;
  std::string name_;
  size_t connections_max_ = 0;
  Nanos timeout_ = 0;
  Nanos connect_timeout_ = 0;
  Budget budget_;
  Breaker breaker_;
  net::Resolver target_;
  metrics::ShadowCounters counters_;
  std::vector<std::unique_ptr<RawCopy>> copies_;
  std::vector<RawCopy*> reading_paused_;
  size_t connecting_ = 0;
  Nanos probe_at_ = 0;
  bool probing_ = false;
  bool draining_ = false;
  LogGate log_gate_;
  net::Timer tick_;
};

}  // namespace umbra::mirror
