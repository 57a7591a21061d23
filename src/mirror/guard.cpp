#include "umbra/mirror/guard.h"

#include <algorithm>

namespace umbra::mirror {

Guard::Guard(const StopWhen& options) noexcept
    : options_(options), slot_length_(std::max<Nanos>(options.window / kSlots, 1)) {}

Guard::Verdict Guard::on_ended(Nanos now, bool well, std::optional<Nanos> last_byte) noexcept {
  if (stopped()) return Verdict::go_on;
  slide_to(now);
  for (Seen* seen : {&slots_[slot_ % kSlots], &seen_}) {
    ++seen->ended;
    seen->errors += well ? 0 : 1;
    seen->timed += last_byte ? 1 : 0;
    seen->total_time += last_byte.value_or(0);
  }
  const Verdict verdict = judge();
  if (verdict != Verdict::go_on) stopped_at_ = now;
  return verdict;
}

void Guard::slide_to(Nanos now) noexcept {
  const uint64_t newest = now / slot_length_;
  // After a longer gap than the window all of it is new.
  for (size_t i = 0; i < kSlots && slot_ < newest; ++i) {
    slot_ = newest - slot_ > kSlots ? newest - kSlots + 1 : slot_ + 1;
    Seen& slot = slots_[slot_ % kSlots];
    seen_.ended -= slot.ended;
    seen_.errors -= slot.errors;
    seen_.timed -= slot.timed;
    seen_.total_time -= slot.total_time;
    slot = {};
  }
}

Guard::Verdict Guard::judge() const noexcept {
  const bool enough = seen_.ended > 0 && seen_.ended >= options_.at_least;
  if (enough && options_.error_share > 0 && seen_.error_share() >= options_.error_share)
    return Verdict::errors;
  const bool enough_timed = seen_.timed > 0 && seen_.timed >= options_.at_least;
  if (enough_timed && options_.latency > 0 && seen_.mean_time() > options_.latency) return Verdict::latency;
  return Verdict::go_on;
}

std::optional<Nanos> Guard::resume_at() const noexcept {
  if (!stopped_at_ || options_.resume_after == 0) return std::nullopt;
  return *stopped_at_ + options_.resume_after;
}

void Guard::resume() noexcept {
  stopped_at_.reset();
  slots_ = {};
  seen_ = {};
}

}  // namespace umbra::mirror
