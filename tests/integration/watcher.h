// Watcher: takes snapshots of a running umbra all the time and keeps the first thing that is wrong in one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "support/proxy_fixture.h"

namespace umbra::integration {

// What must hold at every moment; empty: it does.
std::string wrong_with(const control::Snapshot& snapshot);

// How copies have ended, in the words of /metrics: "completed=2 failed/timeout=1".
std::string outcomes(const metrics::ShadowCounters& shadow);

class Watcher {
 public:
  explicit Watcher(support::RunningProxy& umbra);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Stops; empty: nothing was wrong.
  std::string stop();
  size_t snapshots() const noexcept { return snapshots_; }  // after stop()

  static constexpr support::Millis kEvery{3};

 private:
  void watch();

  support::RunningProxy& umbra_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::string wrong_;
  size_t snapshots_ = 0;
  std::thread thread_;
};

}  // namespace umbra::integration
