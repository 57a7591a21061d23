#include "umbra/generate/arrivals.h"

#include <cmath>
#include <utility>

namespace umbra::generate {
namespace {

// Names of streams (dice.h).
constexpr uint64_t kJitter = 1;
constexpr uint64_t kPoisson = 2;

}  // namespace

Arrivals::Arrivals(std::shared_ptr<const RateCurve> curve, Spread spread, uint64_t seed, Shard shard)
    : curve_(std::move(curve)),
      spread_(spread),
      seed_(seed),
      shard_(shard),
      number_(spread.kind == Spread::Kind::poisson ? 0 : shard.index),
      total_(curve_->arrivals()),
      dice_(seed, {kPoisson, 0}) {}

std::optional<Arrival> Arrivals::next() {
  return spread_.kind == Spread::Kind::poisson ? next_poisson() : next_spaced();
}

std::optional<Arrival> Arrivals::next_spaced() {
  if (number_ >= total_) return std::nullopt;
  const uint64_t number = std::exchange(number_, number_ + shard_.count);
  auto place = static_cast<long double>(number);
  if (spread_.kind == Spread::Kind::jittered) {
    // Moved within its own distance, the middle of which it has without jitter: so none overtakes another.
    place += 0.5L + static_cast<long double>(spread_.jitter * (Dice(seed_, {kJitter, number}).unit() - 0.5));
  }
  const Nanos at = curve_->time_of(place);
  // By rounding, the last one may fall on the very end.
  return Arrival{number, at == RateCurve::kNever ? curve_->length() : at};
}

void Arrivals::enter_window() {
  ++window_;
  point_ = static_cast<long double>(window_) * kWindow;
  dice_ = Dice(seed_, {kPoisson, window_});
}

std::optional<Arrival> Arrivals::next_poisson() {
  for (;;) {
    point_ += -std::log1p(static_cast<long double>(-dice_.unit()));
    if (point_ >= static_cast<long double>(window_ + 1) * kWindow) {
      enter_window();
      if (curve_->time_of(point_) == RateCurve::kNever) return std::nullopt;
      continue;
    }
    const Nanos at = curve_->time_of(point_);
    if (at == RateCurve::kNever) return std::nullopt;
    const uint64_t number = number_++;
    if (number % shard_.count == shard_.index) return Arrival{number, at};
  }
}

}  // namespace umbra::generate
