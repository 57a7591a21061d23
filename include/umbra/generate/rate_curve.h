// RateCurve: how many arrivals a load asks for, over time: pieces with a constant or a linearly changing
// rate.
//
// Its integral, the count of arrivals up to a time, and the inverse of that have closed forms, so the n-th
// arrival's time is computed from n alone: nothing drifts and nothing is truncated on the way.  Immutable;
// any thread.
#pragma once

#include <vector>

#include "umbra/base/clock.h"

namespace umbra::generate {

// Arrivals in a unit of time, such as 200 in a second or 0.5 in an hour.
struct Rate {
  double count = 0;
  Nanos unit = kSecond;
};

class RateCurve {
 public:
  // Adds a piece behind the others.
  void add(Nanos length, Rate from, Rate to);
  void add(Nanos length, Rate constant) { add(length, constant, constant); }

  Nanos length() const noexcept {
    return pieces_.empty() ? 0 : pieces_.back().begins + pieces_.back().length;
  }
  // Arrivals asked for up to `time`.
  long double count_at(Nanos time) const;
  // The first time at which more than `count` are asked for, to the nearest nanosecond; kNever: it does not
  // come.
  Nanos time_of(long double count) const;
  // How many arrivals begin within the curve when the n-th (from 0) begins at time_of(n).
  uint64_t arrivals() const;

  static constexpr Nanos kNever = ~Nanos{0};

 private:
  struct Piece {
    Nanos begins = 0;
    Nanos length = 0;
    long double from = 0;  // arrivals in a nanosecond
    long double to = 0;
    long double before = 0;  // arrivals before it
  };
  static long double count_in(const Piece& piece, long double elapsed);

  std::vector<Piece> pieces_;
};

}  // namespace umbra::generate
