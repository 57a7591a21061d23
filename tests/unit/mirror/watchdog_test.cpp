// stop_when in a worker: what counts as the shadow's error, what is logged, and what ends a stop.
#include "umbra/mirror/watchdog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace umbra::mirror {
namespace {

constexpr Nanos kNow = 1'000'000 * kSecond;

ShadowOptions shadow(uint64_t at_least, Nanos resume_after = 0) {
  ShadowOptions options;
  options.name = "next";
  options.stop_when = StopWhen{0.5, 0, 60 * kSecond, at_least, resume_after};
  return options;
}

class WatchdogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_.data()), 0); }
  void TearDown() override {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }
  Log log() { return Log(LogLevel::info, LogFormat::text, ends_[1]); }
  std::string logged() {
    close(std::exchange(ends_[1], -1));
    std::string all;
    std::array<char, 4096> part;
    for (ssize_t n = 0; (n = read(ends_[0], part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<size_t>(n));
    }
    return all;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

void fail(Watchdog& watchdog, int count, Fail why = Fail::timeout) {
  for (int i = 0; i < count; ++i) watchdog.on_failed(kNow, why);
}

TEST_F(WatchdogTest, WithoutStopWhenNothingStops) {
  Log out = log();
  Watchdog watchdog(ShadowOptions{}, 1, out);
  fail(watchdog, 10'000);
  EXPECT_FALSE(watchdog.stopped(kNow));
  watchdog.resume();
  EXPECT_EQ(logged(), "");
}

TEST_F(WatchdogTest, SaysOnceWhyItStops) {
  Log out = log();
  Watchdog watchdog(shadow(4), 1, out);
  watchdog.on_answered(kNow, 200, 10 * kMillisecond);
  watchdog.on_answered(kNow, 499, 20 * kMillisecond);
  watchdog.on_answered(kNow, 500, 30 * kMillisecond);
  EXPECT_FALSE(watchdog.stopped());
  fail(watchdog, 3);
  EXPECT_TRUE(watchdog.stopped());
  EXPECT_TRUE(watchdog.stopped(kNow + 1'000'000 * kSecond)) << "only a person resumes it";
  EXPECT_EQ(logged(),
            "umbra: warn: shadow stopped by its stop_when: its copies are dropped shadow=next because=errors "
            "copies=4 errors=50.0% mean_time=20ms\n");
}

TEST_F(WatchdogTest, SaysThatItIsSlow) {
  Log out = log();
  ShadowOptions options = shadow(2);
  options.stop_when->error_share = 0;
  options.stop_when->latency = 10 * kMillisecond;
  Watchdog watchdog(options, 1, out);
  watchdog.on_answered(kNow, 200, kMillisecond);
  EXPECT_FALSE(watchdog.stopped());
  watchdog.on_answered(kNow, 200, 39 * kMillisecond);
  EXPECT_TRUE(watchdog.stopped());
  EXPECT_NE(logged().find("because=latency copies=2 errors=0.0% mean_time=20ms\n"), std::string::npos);
}

TEST_F(WatchdogTest, WhatUmbraOrTheClientDidIsNotTheShadowsError) {
  for (size_t i = 0; i < static_cast<size_t>(Fail::count); ++i) {
    const auto why = static_cast<Fail>(i);
    const bool ours = why == Fail::over_budget || why == Fail::body_too_large ||
                      why == Fail::client_aborted || why == Fail::opaque || why == Fail::draining;
    Log out = log();
    Watchdog watchdog(shadow(1), 1, out);
    fail(watchdog, 1, why);
    EXPECT_EQ(watchdog.stopped(), !ours) << name_of(why);
  }
}

TEST_F(WatchdogTest, AWorkerSeesItsShareOfTheCopies) {
  struct Row {
    uint64_t at_least;
    unsigned workers;
    int enough;
  };
  for (const Row& row : {Row{8, 1, 8}, Row{8, 4, 2}, Row{9, 4, 2}, Row{3, 4, 1}}) {
    Log out = log();
    Watchdog watchdog(shadow(row.at_least), row.workers, out);
    fail(watchdog, row.enough - 1);
    EXPECT_FALSE(watchdog.stopped()) << row.at_least << " of " << row.workers;
    fail(watchdog, 1);
    EXPECT_TRUE(watchdog.stopped()) << row.at_least << " of " << row.workers;
  }
}

TEST_F(WatchdogTest, GoesOnWhenItsTimeHasCome) {
  Log out = log();
  Watchdog watchdog(shadow(2, 5 * kSecond), 1, out);
  fail(watchdog, 2);
  EXPECT_TRUE(watchdog.stopped(kNow + 5 * kSecond - 1));
  EXPECT_FALSE(watchdog.stopped(kNow + 5 * kSecond));
  EXPECT_FALSE(watchdog.stopped());
  fail(watchdog, 1);
  EXPECT_FALSE(watchdog.stopped()) << "what was before does not count";
  const std::string lines = logged();
  EXPECT_TRUE(lines.ends_with("umbra: shadow goes on after its stop shadow=next\n")) << lines;
}

TEST_F(WatchdogTest, APersonResumesIt) {
  Log out = log();
  Watchdog watchdog(shadow(2), 1, out);
  fail(watchdog, 2);
  watchdog.resume();
  EXPECT_FALSE(watchdog.stopped(kNow));
  fail(watchdog, 1);
  watchdog.resume();
  fail(watchdog, 1);
  EXPECT_TRUE(watchdog.stopped()) << "resuming what goes on forgets nothing";
}

TEST_F(WatchdogTest, OtherRulesBeginAnewAndTheSameGoOn) {
  Log out = log();
  Watchdog watchdog(shadow(2), 1, out);
  fail(watchdog, 2);
  watchdog.reconfigure(shadow(2), 1);
  EXPECT_TRUE(watchdog.stopped());
  watchdog.reconfigure(shadow(3), 1);
  EXPECT_FALSE(watchdog.stopped());
  fail(watchdog, 3);
  EXPECT_TRUE(watchdog.stopped());
  watchdog.reconfigure(ShadowOptions{}, 1);
  EXPECT_FALSE(watchdog.stopped());
}

}  // namespace
}  // namespace umbra::mirror
