#include "umbra/rules/bucket.h"

#include <algorithm>
#include <cmath>

namespace umbra::rules {

Result<void> Bucket::check(const Rate& rate) {
  if (!std::isfinite(rate.per_second) || rate.per_second < 0) {
    return Error{Errc::bad_config, "rate: a number of copies per second is expected"};
  }
  if (!std::isfinite(rate.burst) || rate.burst < 1) {
    return Error{Errc::bad_config, "rate: a burst of at least 1 is expected"};
  }
  return {};
}

Bucket::Bucket(const Rate& rate, unsigned workers, Nanos now) noexcept
    : per_second_(rate.per_second / workers),
      // A smaller bucket would never hold a whole token.
      size_(std::max(1.0, rate.burst / workers)),
      tokens_(rate.per_second > 0 ? size_ : 0),
      at_(now),
      window_(rate.window) {}

void Bucket::refill(Nanos now) noexcept {
  if (now <= at_) return;
  const double seconds = static_cast<double>(now - at_) / static_cast<double>(kSecond);
  tokens_ = std::min(size_, tokens_ + seconds * per_second_);
  at_ = now;
}

// A worker's share of N may be no whole number: what is left of it counts in the next window, and the first
// is rounded up.
void Bucket::begin_window(Nanos now) noexcept {
  if (begun_ && (now <= at_ || now - at_ <= kSecond)) return;
  tokens_ = begun_ ? per_second_ + (tokens_ - std::floor(tokens_)) : std::ceil(per_second_);
  at_ = now;
  begun_ = true;
}

bool Bucket::admits(Nanos now) noexcept {
  if (window_) {
    begin_window(now);
  } else {
    refill(now);
  }
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace umbra::rules
