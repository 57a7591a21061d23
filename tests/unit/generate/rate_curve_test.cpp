#include "umbra/generate/rate_curve.h"

#include <gtest/gtest.h>

#include <cmath>

namespace umbra::generate {
namespace {

TEST(RateCurve, AConstantRateIsExactForever) {
  struct Row {
    Rate rate;
    uint64_t number;
    Nanos expected;
  };
  for (const Row& row : {
           Row{{1, kSecond}, 0, 0},
           Row{{1, kSecond}, 31'536'000, 31'536'000 * kSecond},
           Row{{3, kSecond}, 1, 333'333'333},
           Row{{3, kSecond}, 3, kSecond},
           Row{{3, kSecond}, 3'000'000'000, 1'000'000'000 * kSecond},
           Row{{3000, kSecond}, 1, 333'333},
           Row{{600'000, kSecond}, 1, 1'667},  // hey's tick of 1 us would be 1,000,000 a second
           Row{{600'000, kSecond}, 600'000ull * 3600, 3600 * kSecond},
           Row{{0.5, kSecond}, 7, 14 * kSecond},
           Row{{1, 3600 * kSecond}, 24, 86'400 * kSecond},
           Row{{7, 60 * kSecond}, 7, 60 * kSecond},
       }) {
    RateCurve curve;
    curve.add(2'000'000'000 * kSecond, row.rate);
    EXPECT_EQ(curve.time_of(static_cast<long double>(row.number)), row.expected)
        << row.rate.count << " in " << row.rate.unit << ", number " << row.number;
  }
}

TEST(RateCurve, TotalsAreExact) {
  struct Row {
    Rate rate;
    Nanos length;
    uint64_t expected;
  };
  for (const Row& row : {
           Row{{200, kSecond}, 30 * kSecond, 6000},
           Row{{1, kSecond}, kSecond, 1},
           Row{{1, kSecond}, kSecond + 1, 2},
           Row{{1, kSecond}, kSecond - 1, 1},
           Row{{3, kSecond}, 10 * kSecond, 30},
           Row{{0.1, kSecond}, 10 * kSecond, 1},
           Row{{0.1, kSecond}, 30 * kSecond, 3},
           Row{{7, 60 * kSecond}, 60 * kSecond, 7},
           Row{{0, kSecond}, 60 * kSecond, 0},
           Row{{100'000, kSecond}, 86'400 * kSecond, 8'640'000'000},
       }) {
    RateCurve curve;
    curve.add(row.length, row.rate);
    EXPECT_EQ(curve.arrivals(), row.expected) << row.rate.count << " for " << row.length;
    if (row.expected > 0) {
      EXPECT_LT(curve.time_of(static_cast<long double>(row.expected - 1)), row.length);
    }
  }
}

TEST(RateCurve, RampsIntegrateRight) {
  RateCurve curve;
  curve.add(10 * kSecond, {0, kSecond}, {100, kSecond});   // 500
  curve.add(5 * kSecond, {100, kSecond});                  // 500
  curve.add(10 * kSecond, {100, kSecond}, {50, kSecond});  // 750
  curve.add(4 * kSecond, {50, kSecond}, {0, kSecond});     // 100
  EXPECT_EQ(curve.length(), 29 * kSecond);
  EXPECT_EQ(curve.arrivals(), 1850U);
  EXPECT_NEAR(static_cast<double>(curve.count_at(5 * kSecond)), 125, 1e-9);
  EXPECT_NEAR(static_cast<double>(curve.count_at(20 * kSecond)), 500 + 500 + 500 - 62.5, 1e-9);
  EXPECT_EQ(curve.time_of(125), 5 * kSecond);
  EXPECT_EQ(curve.time_of(500), 10 * kSecond);
  EXPECT_EQ(curve.time_of(1000), 15 * kSecond);
  EXPECT_EQ(curve.time_of(1750), 25 * kSecond);
}

// Whatever the pieces: the inverse is the inverse, and times never go back.
TEST(RateCurve, TimesAreTheInverseAndMonotone) {
  for (const double from : {0.0, 0.3, 10.0, 4'321.5}) {
    for (const double to : {0.0, 0.7, 999.0, 50'000.0}) {
      RateCurve curve;
      curve.add(3 * kSecond, {from, kSecond}, {to, kSecond});
      curve.add(2 * kSecond, {to, kSecond});
      curve.add(kSecond, {0, kSecond});
      curve.add(3 * kSecond, {to, kSecond}, {from, kSecond});
      const uint64_t all = curve.arrivals();
      Nanos last = 0;
      for (uint64_t n = 0; n < all; n += 1 + all / 1000) {
        const Nanos at = curve.time_of(static_cast<long double>(n));
        ASSERT_NE(at, RateCurve::kNever) << from << " " << to << " " << n;
        ASSERT_GE(at, last);
        last = at;
        const long double slack = 1e-6L + static_cast<long double>(std::max(from, to)) * 1e-9L;
        ASSERT_NEAR(static_cast<double>(curve.count_at(at)), static_cast<double>(n),
                    static_cast<double>(slack));
      }
    }
  }
}

TEST(RateCurve, ATimeOfRestHasNoArrivals) {
  RateCurve curve;
  curve.add(10 * kSecond, {0, kSecond});
  curve.add(10 * kSecond, {1, kSecond});
  EXPECT_EQ(curve.time_of(0), 10 * kSecond) << "not before anybody asks for one";
  EXPECT_EQ(curve.time_of(9), 19 * kSecond);
  EXPECT_EQ(curve.time_of(11), RateCurve::kNever);
  EXPECT_EQ(RateCurve().time_of(0), RateCurve::kNever);
}

}  // namespace
}  // namespace umbra::generate
