#include "umbra/generate/arrivals.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <vector>

namespace umbra::generate {
namespace {

std::shared_ptr<const RateCurve> curve_of(Rate rate, Nanos length) {
  auto curve = std::make_shared<RateCurve>();
  curve->add(length, rate);
  return curve;
}

std::vector<Arrival> all_of(Arrivals arrivals) {
  std::vector<Arrival> all;
  while (const auto arrival = arrivals.next()) all.push_back(*arrival);
  return all;
}

const Spread kEven{};
const Spread kJittered{Spread::Kind::jittered, 1.0};
const Spread kPoissonSpread{Spread::Kind::poisson, 0};

class EachSpread : public ::testing::TestWithParam<Spread> {};

TEST_P(EachSpread, ShardsTogetherAreTheWholeWhateverTheirNumber) {
  const auto curve = curve_of({997, kSecond}, 3 * kSecond);
  const auto whole = all_of(Arrivals(curve, GetParam(), 42, {0, 1}));
  for (const uint64_t count : {2U, 3U, 8U}) {
    std::map<uint64_t, Nanos> parts;
    for (uint64_t index = 0; index < count; ++index) {
      for (const Arrival& arrival : all_of(Arrivals(curve, GetParam(), 42, {index, count}))) {
        EXPECT_EQ(arrival.number % count, index);
        EXPECT_TRUE(parts.emplace(arrival.number, arrival.at).second) << "twice";
      }
    }
    ASSERT_EQ(parts.size(), whole.size());
    for (const Arrival& arrival : whole) ASSERT_EQ(parts.at(arrival.number), arrival.at);
  }
}

TEST_P(EachSpread, TimesNeverGoBackAndStayWithin) {
  const auto curve = curve_of({997, kSecond}, 3 * kSecond);
  Nanos last = 0;
  uint64_t number = 0;
  for (const Arrival& arrival : all_of(Arrivals(curve, GetParam(), 7, {0, 1}))) {
    EXPECT_GE(arrival.at, last);
    EXPECT_LE(arrival.at, 3 * kSecond);
    EXPECT_EQ(arrival.number, number++);
    last = arrival.at;
  }
}

TEST_P(EachSpread, ASeedIsARun) {
  const auto curve = curve_of({100, kSecond}, kSecond);
  const auto times = [&](uint64_t seed) {
    std::vector<Nanos> all;
    for (const Arrival& arrival : all_of(Arrivals(curve, GetParam(), seed, {0, 1})))
      all.push_back(arrival.at);
    return all;
  };
  EXPECT_EQ(times(1), times(1));
  if (GetParam().kind != Spread::Kind::even) {
    EXPECT_NE(times(1), times(2));
  }
}

std::string name_of(const ::testing::TestParamInfo<Spread>& row) {
  constexpr std::array<const char*, 3> names{"Even", "Jittered", "Poisson"};
  return names[static_cast<size_t>(row.param.kind)];
}
INSTANTIATE_TEST_SUITE_P(Spreads, EachSpread, ::testing::Values(kEven, kJittered, kPoissonSpread), name_of);

TEST(Arrivals, EvenOnesAreAtEqualDistances) {
  const auto all = all_of(Arrivals(curve_of({200, kSecond}, 30 * kSecond), kEven, 0, {0, 1}));
  ASSERT_EQ(all.size(), 6000U);
  for (const Arrival& arrival : all) ASSERT_EQ(arrival.at, arrival.number * 5 * kMillisecond);
}

TEST(Arrivals, JitteredOnesStayInTheirOwnDistance) {
  const Spread little{Spread::Kind::jittered, 0.2};
  const auto all = all_of(Arrivals(curve_of({100, kSecond}, 10 * kSecond), little, 3, {0, 1}));
  ASSERT_EQ(all.size(), 1000U);
  for (const Arrival& arrival : all) {
    const auto middle = static_cast<double>(arrival.number * 10 + 5) * 1e6;
    ASSERT_NEAR(static_cast<double>(arrival.at), middle, 1e6 + 1);
  }
}

// Means and variances of counts within four sigma; the variance of a Poisson count is its mean.
TEST(Arrivals, PoissonOnesAreIndependent) {
  constexpr unsigned kBins = 4000;
  constexpr double kMean = 25;
  const auto all = all_of(
      Arrivals(curve_of({kMean * 10, kSecond}, kBins * 100 * kMillisecond), kPoissonSpread, 11, {0, 1}));
  std::vector<unsigned> counts(kBins);
  for (const Arrival& arrival : all) ++counts[std::min<size_t>(arrival.at / (100 * kMillisecond), kBins - 1)];
  double sum = 0;
  double squares = 0;
  for (const unsigned count : counts) {
    sum += count;
    squares += (count - kMean) * (count - kMean);
  }
  EXPECT_NEAR(sum / kBins, kMean, 4 * std::sqrt(kMean / kBins));
  EXPECT_NEAR(squares / kBins, kMean, 4 * kMean * std::sqrt(2.0 / kBins));
  // Distances: the share above the mean one is 1/e.
  unsigned longer = 0;
  for (size_t i = 1; i < all.size(); ++i) longer += all[i].at - all[i - 1].at > 4 * kMillisecond ? 1U : 0U;
  const double share = static_cast<double>(longer) / static_cast<double>(all.size());
  EXPECT_NEAR(share, std::exp(-1.0), 4 * std::sqrt(0.25 / static_cast<double>(all.size())));
}

}  // namespace
}  // namespace umbra::generate
