// When a proxy that has ended is started again, and how.
//
// The first restart comes at once: clients wait in the queue of the sockets that the wrapper holds.  The next
// ones come later and later.  Five ends in a minute, or a configuration that the proxy refuses, lead to the
// next mode:
//
//   full ──▶ safe (umbra proxy --safe) ──▶ bare (the same without a file, a flag or a variable of the user's)
#pragma once

#include <cstdint>
#include <deque>

#include "umbra/base/clock.h"

namespace umbra::wrapper {

enum class Mode : uint8_t { full, safe, bare };

class RestartPolicy {
 public:
  explicit RestartPolicy(Mode mode) noexcept : mode_(mode) {}

  struct Restart {
    Nanos delay = 0;
    bool mode_changed = false;
  };
  // `refused`: the proxy said (by exit status 2) that it cannot run with what it was told.
  Restart on_end(Nanos now, bool refused);
  Mode mode() const noexcept { return mode_; }

  static constexpr unsigned kEndsMax = 5;
  static constexpr Nanos kWithin = 60 * kSecond;
  static constexpr Nanos kSecondDelay = 20 * kMillisecond;  // then four times as long each
  static constexpr Nanos kLastDelay = 5 * kSecond;

 private:
  bool step_down() noexcept;

  Mode mode_;
  std::deque<Nanos> ends_;  // within the last minute, in this mode
};

}  // namespace umbra::wrapper
