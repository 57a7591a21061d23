// Rates: how many copies go on, and when.
#include "umbra/rules/bucket.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

constexpr Nanos kStart = 1'000 * kSecond;

// How many of `asked` at one time are admitted.
int admitted(Bucket& bucket, Nanos at, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += bucket.admits(kStart + at) ? 1 : 0;
  return count;
}

TEST(Bucket, HoldsABurstAndFillsEvenly) {
  Bucket bucket({.per_second = 10, .burst = 5}, 1, kStart);
  EXPECT_EQ(admitted(bucket, 0, 100), 5);
  EXPECT_EQ(admitted(bucket, 99 * kMillisecond, 10), 0);
  EXPECT_EQ(admitted(bucket, 101 * kMillisecond, 10), 1);
  EXPECT_EQ(admitted(bucket, 601 * kMillisecond, 10), 5);
  EXPECT_EQ(admitted(bucket, 3600 * kSecond, 100), 5) << "no more than the bucket holds";
}

TEST(Bucket, TimeThatStandsStillFillsNothing) {
  Bucket bucket({.per_second = 1000, .burst = 1}, 1, kStart);
  EXPECT_EQ(admitted(bucket, 0, 10), 1);
  EXPECT_EQ(admitted(bucket, 0, 10), 0);
}

TEST(Bucket, FractionsOfACopyPerSecond) {
  Bucket bucket({.per_second = 0.5, .burst = 1}, 1, kStart);
  int count = 0;
  for (Nanos at = 0; at <= 10 * kSecond; at += 250 * kMillisecond) count += admitted(bucket, at, 1);
  EXPECT_EQ(count, 6) << "the first, and one in two seconds";
}

TEST(Bucket, NoneIsNone) {
  Bucket bucket({.per_second = 0, .burst = 10}, 1, kStart);
  EXPECT_EQ(admitted(bucket, 0, 10), 0);
  EXPECT_EQ(admitted(bucket, 3600 * kSecond, 10), 0);
  Bucket window({.per_second = 0, .window = true}, 1, kStart);
  EXPECT_EQ(admitted(window, 3600 * kSecond, 10), 0);
}

TEST(Bucket, WorkersShareEvenly) {
  for (const bool window : {false, true}) {
    int count = 0;
    for (int worker = 0; worker < 4; ++worker) {
      Bucket bucket({.per_second = 10, .burst = 1, .window = window}, 4, kStart);
      for (Nanos at = 0; at < 100 * kSecond; at += 10 * kMillisecond) count += admitted(bucket, at, 1);
    }
    EXPECT_NEAR(count, 1000, 15) << (window ? "window" : "bucket");
  }
}

TEST(Bucket, GorsWindow) {
  Bucket bucket({.per_second = 3, .burst = 1, .window = true}, 1, kStart);
  EXPECT_EQ(admitted(bucket, 0, 10), 3);
  EXPECT_EQ(admitted(bucket, 999 * kMillisecond, 10), 0);
  EXPECT_EQ(admitted(bucket, kSecond, 10), 0) << "not more than a second yet";
  EXPECT_EQ(admitted(bucket, 1500 * kMillisecond, 2), 2) << "a window of its own";
  EXPECT_EQ(admitted(bucket, 2400 * kMillisecond, 10), 1) << "the same window";
  EXPECT_EQ(admitted(bucket, 2600 * kMillisecond, 10), 3);
}

TEST(Bucket, WhatIsNoRate) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const Rate& rate :
       {Rate{.per_second = -1}, Rate{.per_second = std::nan("")}, Rate{.per_second = infinite},
        Rate{.per_second = 1, .burst = 0.5}, Rate{.per_second = 1, .burst = infinite}}) {
    EXPECT_FALSE(Bucket::check(rate)) << rate.per_second << " " << rate.burst;
  }
  EXPECT_TRUE(Bucket::check({.per_second = 0.1, .burst = 1}));
}

TEST(Rate, EndsACopyAndSaysSo) {
  RulesRun run({Rate{.per_second = 2, .burst = 2}});
  Exchange exchange;
  EXPECT_EQ(run.run(request("/"), exchange), Outcome::copy);
  EXPECT_EQ(run.run(request("/"), exchange), Outcome::copy);
  const Verdict verdict = run.verdict(request("/"), exchange);
  EXPECT_EQ(verdict.outcome, Outcome::rate_limited);
  EXPECT_EQ(run.program().describe(verdict), "over the rate of 2 per second");
  exchange.now = kSecond;
  EXPECT_EQ(run.run(request("/"), exchange), Outcome::copy);
}

TEST(Turn, EveryShadowHasItsOwn) {
  for (unsigned index = 0; index < 3; ++index) {
    RulesRun run({Choose{{}, {{.path = "^/no"}}}, Turn{index, 3}});
    std::string turns;
    for (int i = 0; i < 7; ++i) {
      turns += run.run(request("/")) == Outcome::copy ? '1' : '0';
      EXPECT_EQ(run.run(request("/no")), Outcome::filtered) << "takes no turn";
    }
    EXPECT_EQ(turns, (std::vector<std::string>{"1001001", "0100100", "0010010"})[index]);
  }
}

}  // namespace
}  // namespace umbra::rules
