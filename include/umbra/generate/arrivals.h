// Arrivals: when each iteration of an open load begins.
//
// A stream gives a shard's part of a load's arrivals, in their order; the parts of all shards together are
// the same arrivals whatever the number of shards.  One thread's own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "umbra/generate/dice.h"
#include "umbra/generate/rate_curve.h"

namespace umbra::generate {

struct Arrival {
  uint64_t number = 0;  // in the load, from 0
  Nanos at = 0;         // since the load's beginning
};

// Which arrivals are mine: those whose number has the remainder `index` by `count`.
struct Shard {
  uint64_t index = 0;
  uint64_t count = 1;
};

// How arrivals spread around the curve.  even: at equal distances.  jittered: each within its own distance,
// moved by up to half of `jitter` of it.  poisson: independent of each other, as those of many people are.
struct Spread {
  enum class Kind : uint8_t { even, jittered, poisson };
  Kind kind = Kind::even;
  double jitter = 0;  // 0 to 1
};

class Arrivals {
 public:
  Arrivals(std::shared_ptr<const RateCurve> curve, Spread spread, uint64_t seed, Shard shard);

  // Nothing: the load has had its last one.
  std::optional<Arrival> next();

 private:
  std::optional<Arrival> next_spaced();
  std::optional<Arrival> next_poisson();
  void enter_window();

  std::shared_ptr<const RateCurve> curve_;
  Spread spread_;
  uint64_t seed_;
  Shard shard_;
  uint64_t number_;  // of the next one; of Poisson arrivals, whosever it is
  uint64_t total_ = 0;
  // Poisson: the points of a process with one point a unit are drawn window by window, each from a stream of
  // its own, and the curve's inverse makes times of them.  A process without memory may begin anew at a
  // window's edge.
  uint64_t window_ = 0;
  long double point_ = 0;
  Dice dice_;

  static constexpr long double kWindow = 64;
};

}  // namespace umbra::generate
