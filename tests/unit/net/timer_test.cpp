#include "umbra/net/timer.h"

#include <gtest/gtest.h>

#include <optional>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

TEST_F(LoopTest, ATimerFiresOnceAndNotTooEarly) {
  int fired = 0;
  Timer timer(*loop, [&] { ++fired; });
  const Nanos began = monotonic_now();
  timer.start_once(3 * kMillisecond);
  EXPECT_TRUE(timer.running());
  EXPECT_TRUE(turn_until([&] { return fired > 0; }));
  // libuv's clock is the one of the turn's begin, in whole milliseconds.
  EXPECT_GE(monotonic_now() - began + 2 * kMillisecond, 3 * kMillisecond);
  EXPECT_FALSE(timer.running());
}

TEST_F(LoopTest, AShortTimeIsRoundedUpNotDownToNothing) {
  Timer timer(*loop, [] {});
  timer.start_every(1);
  EXPECT_TRUE(timer.running()) << "a period of 0 would fire once only";
  int fired = 0;
  Timer often(*loop, [&] { ++fired; });
  often.start_every(kMicrosecond);
  EXPECT_TRUE(turn_until([&] { return fired == 3; }));
}

TEST_F(LoopTest, AStoppedTimerIsSilentAndMayStartAgain) {
  int fired = 0;
  int other = 0;
  Timer timer(*loop, [&] { ++fired; });
  timer.start_once(kMillisecond);
  timer.stop();
  Timer later(*loop, [&] { ++other; });
  later.start_once(5 * kMillisecond);
  EXPECT_TRUE(turn_until([&] { return other == 1; }));
  EXPECT_EQ(fired, 0);
  timer.start_once(0);
  EXPECT_TRUE(turn_until([&] { return fired == 1; }));
}

TEST_F(LoopTest, TimersDoNotKeepALoopAlive) {
  Timer timer(*loop, [] {});
  timer.start_every(3600 * kSecond);
  EXPECT_EQ(uv_loop_alive(loop->uv()), 1) << "the inbox does";
  Loop other;
  Timer there(other, [] {});
  there.start_every(3600 * kSecond);
  other.close_inbox();
  other.run();
}

TEST_F(LoopTest, ATimerMayDieInItsOwnCallback) {
  std::optional<Timer> timer;
  bool fired = false;
  timer.emplace(*loop, [&] {
    fired = true;
    loop->post([&] { timer.reset(); });
  });
  timer->start_every(kMillisecond);
  EXPECT_TRUE(turn_until([&] { return fired && !timer; }));
}

TEST_F(LoopTest, TurnEndRunsOnceAfterTheSocketsOfTheTurn) {
  std::vector<std::string> order;
  TurnEnd end(*loop, [&] { order.push_back("end"); });
  loop->post([&] {
    end.arm();
    end.arm();
    order.push_back("socket");
  });
  EXPECT_TRUE(turn_until([&] { return order.size() >= 2; }));
  turn();
  turn();
  EXPECT_EQ(order, (std::vector<std::string>{"socket", "end"}));
}

TEST_F(LoopTest, WhatATimerArmedDoesNotWaitForTheNextSocket) {
  bool ended = false;
  TurnEnd end(*loop, [&] { ended = true; });
  Timer timer(*loop, [&] { end.arm(); });
  timer.start_once(0);
  uv_run(loop->uv(), UV_RUN_NOWAIT);
  turn();
  EXPECT_TRUE(ended);
}

TEST_F(LoopTest, TurnEndMayBeArmedAgainFromItself) {
  int ends = 0;
  std::unique_ptr<TurnEnd> end;
  end = std::make_unique<TurnEnd>(*loop, [&] {
    if (++ends < 3) end->arm();
  });
  end->arm();
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(ends, 3);
  end.reset();
}

}  // namespace
}  // namespace umbra::net
