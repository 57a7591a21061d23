#include "umbra/mirror/batching.h"

#include <gtest/gtest.h>

namespace umbra::mirror {
namespace {

using State = Batching::State;

constexpr Nanos kQuick = 200 * kMicrosecond;
constexpr Nanos kLate = 500 * kMillisecond;

void answer(Batching& batching, unsigned times, Nanos busy = kQuick, bool keeps_alive = true,
            bool reused = true) {
  for (unsigned i = 0; i < times; ++i) batching.on_answer(busy, keeps_alive, reused);
}

Batching in_trial() {
  Batching batching(0);
  answer(batching, Batching::kProof);
  EXPECT_EQ(batching.state(), State::trial);
  return batching;
}

Batching switched_on() {
  Batching batching = in_trial();
  batching.on_pair_answered();
  EXPECT_EQ(batching.state(), State::on);
  return batching;
}

TEST(Batching, AutoBeginsFaithfully) {
  const Batching batching(0);
  EXPECT_EQ(batching.depth(), 1u);
  EXPECT_FALSE(batching.active());
}

TEST(Batching, ProofThenTrialThenOn) {
  Batching batching(0);
  answer(batching, Batching::kProof - 1);
  EXPECT_EQ(batching.state(), State::learning) << "one answer short";
  answer(batching, 1);
  EXPECT_EQ(batching.state(), State::trial);
  EXPECT_EQ(batching.depth(), 2u);
  EXPECT_FALSE(batching.active());
  batching.on_pair_answered();
  EXPECT_TRUE(batching.active());
  EXPECT_EQ(batching.depth(), Batching::kDepth);
}

TEST(Batching, WhatIsNoProof) {
  Batching fresh(0);
  answer(fresh, 1000, kQuick, true, false);
  EXPECT_EQ(fresh.state(), State::learning) << "answers on fresh connections prove no keep-alive";
  Batching closing(0);
  for (int i = 0; i < 100; ++i) {
    answer(closing, Batching::kProof - 1);
    answer(closing, 1, kQuick, false);
  }
  EXPECT_EQ(closing.state(), State::learning) << "a close begins the proof anew";
  Batching slow(0);
  answer(slow, 1000, kMillisecond);
  EXPECT_EQ(slow.state(), State::learning) << "under a millisecond is asked for";
  EXPECT_EQ(slow.smoothed(), kMillisecond);
}

TEST(Batching, OneLateAnswerDoesNotEndItButManyDo) {
  Batching batching = switched_on();
  answer(batching, 1, 20 * kMillisecond);
  EXPECT_EQ(batching.state(), State::on) << "smoothed over about 16";
  answer(batching, 1, kLate);
  EXPECT_EQ(batching.state(), State::learning);
  EXPECT_EQ(batching.depth(), 1u);
}

TEST(Batching, HavingBeenTooSlowTheProofIsLonger) {
  Batching batching = switched_on();
  answer(batching, 1, kLate);
  unsigned needed = 0;
  while (batching.state() == State::learning && needed < 100'000) {
    answer(batching, 1);
    ++needed;
  }
  EXPECT_GE(needed, 2 * Batching::kProof);
}

TEST(Batching, TheProofIsNeverLongerThanItsBound) {
  Batching batching(0);
  for (int i = 0; i < 20; ++i) {
    answer(batching, Batching::kProofMax + 200);
    ASSERT_EQ(batching.state(), State::trial) << i;
    answer(batching, 1, 100 * kLate);
    ASSERT_EQ(batching.state(), State::learning) << i;
  }
}

TEST(Batching, ALostBatchTurnsItOffForGood) {
  for (Batching batching : {in_trial(), switched_on()}) {
    batching.on_batch_lost();
    EXPECT_EQ(batching.state(), State::off);
    answer(batching, 10'000);
    batching.on_pair_answered();
    EXPECT_EQ(batching.state(), State::off);
    EXPECT_EQ(batching.depth(), 1u);
    EXPECT_FALSE(batching.active());
  }
}

TEST(Batching, AForcedDepthStays) {
  for (const unsigned depth : {1u, 2u, 64u}) {
    Batching batching(depth);
    answer(batching, 1000, kLate);
    batching.on_batch_lost();
    batching.on_pair_answered();
    EXPECT_EQ(batching.depth(), depth);
    EXPECT_EQ(batching.active(), depth > 1);
  }
}

TEST(Batching, StallTimeFollowsTheShadowButHasALeast) {
  Batching quick(0);
  answer(quick, 10);
  EXPECT_EQ(quick.stall_time(), Batching::kStallMin);
  Batching slow(0);
  answer(slow, 10, 100 * kMillisecond);
  EXPECT_EQ(slow.stall_time(), 5 * kSecond);
}

}  // namespace
}  // namespace umbra::mirror
