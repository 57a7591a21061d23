#include "umbra/metrics/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace umbra::metrics {

void Histogram::add(const Histogram& other) noexcept {
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::count_up_to(Nanos edge) const noexcept {
  uint64_t total = 0;
  for (size_t i = 0, last = bucket_of(edge); i <= last; ++i) total += counts_[i];
  return total;
}

Nanos Histogram::quantile(double q) const noexcept {
  if (count_ == 0) return 0;
  // A hair less than the product, so that 0.07 * 100 = 7.000000000000001 has the rank 7.
  const double exact = q * static_cast<double>(count_) * (1 - 1e-12);
  const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(std::ceil(exact)), 1, count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(high_edge(i), max_);
  }
  return max_;
}

Nanos Histogram::high_edge(size_t bucket) noexcept {
  if (bucket == 0) return detail::kDecadeTable.front().low;
  if (bucket >= kBuckets - 1) return std::numeric_limits<Nanos>::max();
  const Nanos width = detail::kDecadeTable[(bucket - 1) / 90].low / 10;
  return (11 + (bucket - 1) % 90) * width;
}

}  // namespace umbra::metrics
