#include "wrapper/restart_policy.h"

#include <gtest/gtest.h>

namespace umbra::wrapper {
namespace {

constexpr Nanos kStart = 100 * kSecond;

TEST(RestartPolicy, TheFirstRestartComesAtOnceAndTheNextLaterAndLater) {
  RestartPolicy policy(Mode::full);
  EXPECT_EQ(policy.on_end(kStart, false).delay, 0);
  EXPECT_EQ(policy.on_end(kStart + kSecond, false).delay, 20 * kMillisecond);
  EXPECT_EQ(policy.on_end(kStart + 2 * kSecond, false).delay, 80 * kMillisecond);
  EXPECT_EQ(policy.on_end(kStart + 3 * kSecond, false).delay, 320 * kMillisecond);
  EXPECT_EQ(policy.mode(), Mode::full);
}

TEST(RestartPolicy, FiveEndsInAMinuteLeadToSafeModeAtOnce) {
  RestartPolicy policy(Mode::full);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(policy.on_end(kStart + i * kSecond, false).mode_changed);
  const auto fifth = policy.on_end(kStart + 59 * kSecond, false);
  EXPECT_TRUE(fifth.mode_changed);
  EXPECT_EQ(fifth.delay, 0);
  EXPECT_EQ(policy.mode(), Mode::safe);
}

TEST(RestartPolicy, EndsThatAreAMinuteOldAreForgotten) {
  RestartPolicy policy(Mode::full);
  for (int i = 0; i < 100; ++i) {
    const auto restart = policy.on_end(kStart + i * 16 * kSecond, false);  // four within each minute
    EXPECT_FALSE(restart.mode_changed) << i;
    EXPECT_LE(restart.delay, 320 * kMillisecond);
  }
  EXPECT_EQ(policy.on_end(kStart + 10'000 * kSecond, false).delay, 0);
}

TEST(RestartPolicy, WhatTheProxyRefusesIsNotTriedAgain) {
  RestartPolicy policy(Mode::full);
  EXPECT_TRUE(policy.on_end(kStart, true).mode_changed);
  EXPECT_EQ(policy.mode(), Mode::safe);
  EXPECT_TRUE(policy.on_end(kStart, true).mode_changed);
  EXPECT_EQ(policy.mode(), Mode::bare);
  EXPECT_FALSE(policy.on_end(kStart, true).mode_changed);
}

TEST(RestartPolicy, BelowTheLastModeTheDelayGrowsToItsEnd) {
  RestartPolicy policy(Mode::bare);
  Nanos last = 0;
  for (int i = 0; i < 20; ++i) {
    const auto restart = policy.on_end(kStart + i * kSecond, false);
    EXPECT_FALSE(restart.mode_changed);
    EXPECT_GE(restart.delay, last);
    last = restart.delay;
  }
  EXPECT_EQ(last, RestartPolicy::kLastDelay);
}

}  // namespace
}  // namespace umbra::wrapper
