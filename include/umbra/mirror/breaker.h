// Breaker: keeps copies away from a shadow that cannot be connected, and says when to probe it.
//
//   closed ──3 connect failures in a row──▶ open ──a probe connects──▶ closed
//                                          │  ▲
//                                          └──┘ a probe fails: the next one comes twice as late, 0.1 s … 5 s
#pragma once

#include <algorithm>

#include "umbra/base/clock.h"

namespace umbra::mirror {

class Breaker {
 public:
  bool open() const noexcept { return open_; }

  void on_connected() noexcept {
    failures_ = 0;
    open_ = false;
    delay_ = kFirstDelay;
  }
  // True when this failure opened it, or a probe failed: a probe is due after probe_delay().
  bool on_connect_failed() noexcept {
    if (open_) {
      delay_ = std::min(delay_ * 2, kLastDelay);
      return true;
    }
    if (++failures_ < kFailures) return false;
    open_ = true;
    return true;
  }
  Nanos probe_delay() const noexcept { return delay_; }

  static constexpr unsigned kFailures = 3;
  static constexpr Nanos kFirstDelay = 100 * kMillisecond;
  static constexpr Nanos kLastDelay = 5 * kSecond;

 private:
  unsigned failures_ = 0;
  bool open_ = false;
  Nanos delay_ = kFirstDelay;
};

}  // namespace umbra::mirror
