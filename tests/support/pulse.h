// Pulse: how evenly this machine lets a thread run, measured beside a test.
//
// On a machine that is busy with other things a thread may stand still for seconds.  Then no time that a test
// has measured says anything of umbra, and what depends on time is not judged; everything else is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/wire.h"

namespace umbra::support {

class Pulse {
 public:
  Pulse();
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  // It has never stood still for longer than kStill.
  bool steady() const noexcept { return longest_.load() < kStill; }

  static constexpr Millis kBeat{5};
  static constexpr Millis kStill{60};

 private:
  void beat();

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::atomic<Clock::duration> longest_{};
  std::thread thread_;
};

}  // namespace umbra::support
