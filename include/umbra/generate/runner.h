// Runner: a whole run: its threads, their start at one time, what a person sees of it meanwhile, and its end.
//
// Everything is called on the thread that calls run(), which has a loop of its own for that time.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "umbra/generate/lane.h"
#include "umbra/net/signal.h"

namespace umbra::generate {

// How a run has ended.
struct Outcome {
  Tally tally;         // behind the warm-up
  Nanos planned = 0;   // how long that was to take: to the load's end, or to the interruption
  Nanos measured = 0;  // and how long it took: longer where iterations could not begin in time
  double asked =
      0;  // iterations that were to begin in `planned`, of this instance; 0: a closed load asks for none
  int interrupted = 0;  // by this signal; 0: it was not

  // Iterations in a second.
  double asked_rate() const noexcept;
  double achieved_rate() const noexcept;
  // How much of the load was held: of the arrivals that were due, in the time that was planned.  1 for closed
  // loads.
  double rate_ratio() const noexcept;
  // Below, what was measured is not what was asked for (zrk and Hyperfoil call such a run invalid too).
  static constexpr double kRatioLeast = 0.98;
  bool valid() const noexcept { return rate_ratio() >= kRatioLeast; }
};

class Runner {
 public:
  explicit Runner(const Options& options);
  ~Runner();

  // What has been done so far, and for how long; every kProgressEvery.
  using OnProgress = std::function<void(const Tally& so_far, Nanos elapsed)>;
  // An error: nothing was begun.  SIGINT and SIGTERM end it gracefully, a second one at once.
  Result<Outcome> run(const OnProgress& on_progress);

  static constexpr Nanos kProgressEvery = 200 * kMillisecond;
  static constexpr Nanos kLeadTime = 20 * kMillisecond;  // until time 0, for all threads to be there

 private:
  struct LaneThread;

  void start_lanes(const std::shared_ptr<net::TlsContext>& tls);
  void on_lane_over(size_t lane, const Tally& last);
  void ask_progress();
  void on_signal(int number);
  void cut();
  Outcome outcome() const;

  const Options& options_;
  net::Loop loop_;
  std::vector<std::unique_ptr<LaneThread>> lanes_;
  std::vector<Tally> known_;  // what each lane has said last
  std::unique_ptr<net::Timer> progress_;
  std::unique_ptr<net::Timer> end_;
  std::vector<std::unique_ptr<net::SignalWatch>> signals_;
  const OnProgress* on_progress_ = nullptr;
  Nanos zero_ = 0;
  Nanos ended_ = 0;
  size_t over_ = 0;
  int interrupted_ = 0;
};

}  // namespace umbra::generate
