#include "umbra/metrics/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "umbra/metrics/exposition.h"

namespace umbra::metrics {
namespace {

constexpr Nanos kForever = std::numeric_limits<Nanos>::max();

// Spread over all magnitudes, as durations are.
std::vector<Nanos> durations(size_t count, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(1.5, 12.5);
  std::vector<Nanos> values;
  for (size_t i = 0; i < count; ++i) values.push_back(static_cast<Nanos>(std::pow(10, exponent(random))));
  return values;
}

Histogram histogram_of(const std::vector<Nanos>& values) {
  Histogram histogram;
  for (const Nanos value : values) histogram.record(value);
  return histogram;
}

TEST(Histogram, EveryHighEdgeClosesItsBucket) {
  for (size_t bucket = 0; bucket + 1 < Histogram::kBuckets; ++bucket) {
    const Nanos edge = Histogram::high_edge(bucket);
    ASSERT_EQ(Histogram::bucket_of(edge), bucket) << edge;
    ASSERT_EQ(Histogram::bucket_of(edge - 1), bucket) << edge;
    ASSERT_EQ(Histogram::bucket_of(edge + 1), bucket + 1) << edge;
  }
}

TEST(Histogram, BucketsCoverAllThereIs) {
  EXPECT_EQ(Histogram::bucket_of(0), 0U);
  EXPECT_EQ(Histogram::bucket_of(kForever), Histogram::kBuckets - 1);
  EXPECT_EQ(Histogram::high_edge(0), kMicrosecond);
  EXPECT_EQ(Histogram::high_edge(Histogram::kBuckets - 2), 1000 * kSecond);
  EXPECT_EQ(Histogram::high_edge(Histogram::kBuckets - 1), kForever);
}

TEST(Histogram, AnyValueLiesBetweenItsBucketsEdges) {
  for (const Nanos value : durations(200'000, 1)) {
    const size_t bucket = Histogram::bucket_of(value);
    ASSERT_LE(value, Histogram::high_edge(bucket));
    if (bucket > 0) {
      ASSERT_GT(value, Histogram::high_edge(bucket - 1));
    }
  }
}

TEST(Histogram, ABucketIsAtMostATenthOfItsValue) {
  for (size_t bucket = 1; bucket + 1 < Histogram::kBuckets; ++bucket) {
    const Nanos low = Histogram::high_edge(bucket - 1);
    ASSERT_LE((Histogram::high_edge(bucket) - low) * 10, low);
  }
}

TEST(Histogram, EdgesOfTheExpositionAreEdgesOfBuckets) {
  for (const Edge& edge : kEdges) {
    EXPECT_EQ(Histogram::high_edge(Histogram::bucket_of(edge.time)), edge.time) << edge.le;
    EXPECT_DOUBLE_EQ(std::stod(std::string(edge.le)), static_cast<double>(edge.time) / 1e9);
  }
}

TEST(Histogram, CountsUpToAnEdgeAreExact) {
  const auto values = durations(20'000, 2);
  const Histogram histogram = histogram_of(values);
  for (const Edge& edge : kEdges) {
    const auto expected =
        std::count_if(values.begin(), values.end(), [&](Nanos v) { return v <= edge.time; });
    EXPECT_EQ(histogram.count_up_to(edge.time), static_cast<uint64_t>(expected)) << edge.le;
  }
}

TEST(Histogram, AMergeIsTheHistogramOfAllValues) {
  auto values = durations(5'000, 3);
  const auto more = durations(7'000, 4);
  Histogram merged = histogram_of(values);
  merged.add(histogram_of(more));
  values.insert(values.end(), more.begin(), more.end());
  const Histogram whole = histogram_of(values);
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.sum(), whole.sum());
  EXPECT_EQ(merged.max(), whole.max());
  for (size_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    ASSERT_EQ(merged.count_up_to(Histogram::high_edge(bucket)),
              whole.count_up_to(Histogram::high_edge(bucket)));
  }
}

TEST(Histogram, AQuantileIsTheHighEdgeOfTheRankedValuesBucket) {
  for (const size_t count : {1U, 2U, 3U, 10U, 99U, 100U, 1000U, 12'345U}) {
    auto values = durations(count, static_cast<uint32_t>(count));
    const Histogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (const double permille : {1.0, 70.0, 500.0, 900.0, 990.0, 999.0, 1000.0}) {
      const auto rank = static_cast<size_t>(std::ceil(permille * static_cast<double>(count) / 1000));
      const Nanos exact = values[rank - 1];
      const Nanos edge = Histogram::high_edge(Histogram::bucket_of(exact));
      EXPECT_EQ(histogram.quantile(permille / 1000), std::min(edge, values.back()))
          << count << " " << permille;
    }
  }
}

TEST(Histogram, AnEmptyOneHasNoQuantiles) {
  const Histogram empty;
  EXPECT_EQ(empty.quantile(0.99), 0U);
  EXPECT_EQ(empty.count_up_to(kForever), 0U);
  EXPECT_EQ(empty.max(), 0U);
}

}  // namespace
}  // namespace umbra::metrics
