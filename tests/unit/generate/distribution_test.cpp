#include "umbra/generate/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace umbra::generate {
namespace {

constexpr size_t kDraws = 20'000;
constexpr double kMs = static_cast<double>(kMillisecond);

std::vector<double> drawn_times(const char* text, size_t count = kDraws) {
  const auto times = Distribution::of_times(text);
  EXPECT_TRUE(times) << text;
  std::vector<double> values;
  for (size_t i = 0; i < count && times; ++i) {
    Dice dice(7, {i});
    values.push_back(static_cast<double>(times->draw(dice)));
  }
  std::sort(values.begin(), values.end());
  return values;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The share of values that are not above the wanted quantile lies within 4 sigma of it.
void expect_quantile(const std::vector<double>& sorted, double q, double wanted) {
  const auto below = std::upper_bound(sorted.begin(), sorted.end(), wanted) - sorted.begin();
  const auto count = static_cast<double>(sorted.size());
  EXPECT_NEAR(static_cast<double>(below) / count, q, 4 * std::sqrt(q * (1 - q) / count))
      << q << " " << wanted;
}

TEST(Distribution, AFixedOneIsAlwaysTheSame) {
  const auto times = drawn_times("5ms", 100);
  EXPECT_EQ(times.front(), 5 * kMs);
  EXPECT_EQ(times.back(), 5 * kMs);
  EXPECT_EQ(drawn_times("0", 10).back(), 0);
  Dice dice(1, {1});
  EXPECT_EQ(Distribution().draw(dice), 0U);
}

TEST(Distribution, UniformOnesFillTheirRangeEvenly) {
  const auto times = drawn_times("uniform:1ms-21ms");
  EXPECT_GE(times.front(), 1 * kMs);
  EXPECT_LE(times.back(), 21 * kMs);
  for (const double q : {0.05, 0.25, 0.5, 0.75, 0.95}) expect_quantile(times, q, (1 + 20 * q) * kMs);
}

TEST(Distribution, AUniformSizeReachesBothEdges) {
  const auto sizes = Distribution::of_sizes("uniform:1-3");
  ASSERT_TRUE(sizes);
  std::array<size_t, 5> counts{};
  for (uint64_t i = 0; i < kDraws; ++i) {
    Dice dice(3, {i});
    ++counts.at(sizes->draw(dice));
  }
  EXPECT_EQ(counts[0] + counts[4], 0U);
  for (const size_t i : {1U, 2U, 3U})
    EXPECT_NEAR(static_cast<double>(counts[i]), kDraws / 3.0, 4 * 67.0) << i;
}

TEST(Distribution, NormalOnesHaveTheirMeanAndDeviation) {
  const auto times = drawn_times("normal:20ms,5ms");
  EXPECT_NEAR(mean(times), 20 * kMs, 4 * 5 * kMs / std::sqrt(kDraws));
  expect_quantile(times, 0.15865525, 15 * kMs);
  expect_quantile(times, 0.5, 20 * kMs);
  expect_quantile(times, 0.84134475, 25 * kMs);
  expect_quantile(times, 0.97724987, 30 * kMs);
}

TEST(Distribution, WhatWouldBeNegativeIsNothing) {
  const auto times = drawn_times("normal:1ms,10ms");
  EXPECT_EQ(times.front(), 0);
  expect_quantile(times, 0.46017216, 0);  // of -0.1 deviations
}

TEST(Distribution, ExponentialOnesHaveTheirMeanAndTail) {
  const auto times = drawn_times("exponential:10ms");
  EXPECT_NEAR(mean(times), 10 * kMs, 4 * 10 * kMs / std::sqrt(kDraws));
  for (const double q : {0.5, 0.9, 0.99}) expect_quantile(times, q, -std::log(1 - q) * 10 * kMs);
}

TEST(Distribution, LognormalOnesHaveThePercentilesThatWereAskedFor) {
  const auto times = drawn_times("lognormal:p50=10ms,p99=80ms");
  expect_quantile(times, 0.5, 10 * kMs);
  expect_quantile(times, 0.99, 80 * kMs);
  EXPECT_NEAR(quantile(times, 0.5), 10 * kMs, 0.4 * kMs);
}

TEST(Distribution, NothingIsAboveTheBound) {
  EXPECT_LE(drawn_times("exponential:1h").back(), static_cast<double>(Distribution::kTimeMax));
  const auto sizes = Distribution::of_sizes("lognormal:p50=8MiB,p99=16MiB");
  ASSERT_TRUE(sizes);
  uint64_t most = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    Dice dice(1, {i});
    most = std::max(most, sizes->draw(dice));
  }
  EXPECT_EQ(most, Distribution::kSizeMax) << "one in a hundred would be above";
}

TEST(Distribution, WhatIsNoneIsRefused) {
  for (const char* text : {"",
                           "5",
                           "-5ms",
                           "5 ms",
                           "2h",
                           "uniform:",
                           "uniform:5ms",
                           "uniform:5ms-1ms",
                           "uniform:1ms,5ms",
                           "normal:5ms",
                           "normal:5ms,",
                           "normal:,5ms",
                           "exponential:",
                           "exponential:x",
                           "lognormal:10ms,80ms",
                           "lognormal:p50=10ms",
                           "lognormal:p50=80ms,p99=10ms",
                           "lognormal:p50=0,p99=1ms",
                           "gamma:5ms",
                           ":5ms",
                           "uniform:1ms-2h",
                           "lognormal:p99=80ms,p50=10ms"}) {
    const auto times = Distribution::of_times(text);
    EXPECT_FALSE(times) << text;
    if (times) continue;
    EXPECT_NE(times.error().detail.find("lognormal:p50=10ms,p99=80ms"), std::string::npos) << text;
  }
  for (const char* text : {"", "5ms", "17MiB", "uniform:3-1", "normal:x,y"})
    EXPECT_FALSE(Distribution::of_sizes(text)) << text;
}

}  // namespace
}  // namespace umbra::generate
