// Histogram: counts of durations in log-linear buckets, ninety to a decade (two significant digits),
// from 1 us to 1000 s.  Every decimal boundary (1 ms, 2.5 ms, 10 ms ...) is a bucket's edge, so the
// cumulative counts of the exposition are exact, and so is a merge: it adds integers.
//
// A bucket (low, high] holds what is above its low edge and not above its high one.  One thread writes;
// others get copies.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "umbra/base/clock.h"

namespace umbra::metrics {
namespace detail {

// A decade [low, 10 low) has buckets of the width 10^k = low / 10, and n / 10^k is (n >> k) / 5^k.  The
// latter is a multiplication by 2^54 / 5^k, rounded up: exact while (n >> k) * 5^k < 2^54, and the
// largest here is 100 * 5^10 * 5^10 < 10^16; the product stays below 2^61.
struct Decade {
  Nanos low = 0;
  uint64_t reciprocal = 0;
  unsigned shift = 0;
};
inline constexpr size_t kDecades = 9;
inline constexpr unsigned kReciprocalBits = 54;

// The last entry only bounds the one before.
inline constexpr auto kDecadeTable = [] {
  std::array<Decade, kDecades + 1> table;
  Nanos low = kMicrosecond;
  uint64_t five_power = 25;
  unsigned shift = 2;
  for (Decade& decade : table) {
    decade = {low, (uint64_t{1} << kReciprocalBits) / five_power + 1, shift++};
    low *= 10;
    five_power *= 5;
  }
  return table;
}();

// By bit width: the decade of the smallest number so wide; a wider one may be in the next.
inline constexpr auto kDecadeOfWidth = [] {
  std::array<uint8_t, 65> table{};
  for (size_t width = 1; width < table.size(); ++width) {
    const uint64_t smallest = uint64_t{1} << (width - 1);
    uint8_t decade = 0;
    while (decade + 1U < kDecades && smallest >= kDecadeTable[decade + 1U].low) ++decade;
    table[width] = decade;
  }
  return table;
}();

}  // namespace detail

class Histogram {
 public:
  void record(Nanos value) noexcept {
    ++counts_[bucket_of(value)];
    ++count_;
    sum_ += value;
    if (value > max_) max_ = value;
  }
  void add(const Histogram& other) noexcept;

  uint64_t count() const noexcept { return count_; }
  Nanos sum() const noexcept { return sum_; }
  Nanos max() const noexcept { return max_; }
  // How many values were not above `edge`, exactly if it is a bucket's edge.
  uint64_t count_up_to(Nanos edge) const noexcept;
  // The high edge of the bucket that holds the value of rank ceil(q * count), capped by max(); 0 when
  // empty.  0 < q <= 1.
  Nanos quantile(double q) const noexcept;

  // Buckets: 0 is [0, 1 us]; then ninety for each of nine decades; the last is above 1000 s.
  static constexpr size_t kDecades = detail::kDecades;
  static constexpr size_t kBuckets = 1 + kDecades * 90 + 1;
  static constexpr size_t bucket_of(Nanos value) noexcept {
    if (value <= detail::kDecadeTable.front().low) return 0;
    if (value > detail::kDecadeTable.back().low) return kBuckets - 1;
    const Nanos n = value - 1;  // turns (low, high] into [low, high)
    size_t decade = detail::kDecadeOfWidth[static_cast<size_t>(std::bit_width(n))];
    if (n >= detail::kDecadeTable[decade + 1].low) ++decade;
    const detail::Decade& in = detail::kDecadeTable[decade];
    const uint64_t widths = ((n >> in.shift) * in.reciprocal) >> detail::kReciprocalBits;  // 10..99
    return decade * 90 + widths - 9;
  }
  // UINT64_MAX for the last bucket.
  static Nanos high_edge(size_t bucket) noexcept;

 private:
  std::array<uint64_t, kBuckets> counts_{};
  uint64_t count_ = 0;
  Nanos sum_ = 0;
  Nanos max_ = 0;
};

}  // namespace umbra::metrics
