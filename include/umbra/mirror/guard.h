// Guard: what a shadow's StopWhen comes to: watches how its copies end, and says when to stop sending any and
// when to go on.
//
//   watching ──too many errors, or too slow──▶ stopped ──resume(): by time or by a person──▶ watching, anew
//
// A worker has one for each such shadow.  The window slides in sixteen steps: what is looked at is between
// 15/16 of it and all of it.  Nothing is allocated, and no time is asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "umbra/base/clock.h"
#include "umbra/mirror/options.h"

namespace umbra::mirror {

class Guard {
 public:
  explicit Guard(const StopWhen& options) noexcept;

  enum class Verdict : uint8_t { go_on, errors, latency };
  // A copy ended: `well`: with a whole answer that is no 5xx.  `last_byte`: how long the whole answer took;
  // none: there was none.  The verdict that stops the shadow is given once; nothing is counted from then on.
  Verdict on_ended(Nanos now, bool well, std::optional<Nanos> last_byte) noexcept;

  bool stopped() const noexcept { return stopped_at_.has_value(); }
  // When resume() is due; nothing: it is not stopped, or only a person resumes it.
  std::optional<Nanos> resume_at() const noexcept;
  // Begins anew, with an empty window: what was seen before the stop does not stop it again.
  void resume() noexcept;

  // What the window held when the last copy ended, for the log and the status: of a stopped guard, what
  // stopped it.
  struct Seen {
    uint64_t ended = 0;
    uint64_t errors = 0;
    uint64_t timed = 0;  // with a time to the last byte
    Nanos total_time = 0;
    Nanos mean_time() const noexcept { return timed == 0 ? 0 : total_time / timed; }
    double error_share() const noexcept {
      return ended == 0 ? 0 : static_cast<double>(errors) / static_cast<double>(ended);
    }
  };
  const Seen& seen() const noexcept { return seen_; }

 private:
  static constexpr size_t kSlots = 16;

  void slide_to(Nanos now) noexcept;
  Verdict judge() const noexcept;

  StopWhen options_;
  Nanos slot_length_;
  uint64_t slot_ = 0;               // the newest: now / slot_length_
  std::array<Seen, kSlots> slots_;  // slot n at n % kSlots
  // Their sum.  The times fit: together they are at most the window times the copies in flight (Little's
  // law).
  Seen seen_;
  std::optional<Nanos> stopped_at_;
};

}  // namespace umbra::mirror
