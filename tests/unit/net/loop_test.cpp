#include "umbra/net/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

struct Noted final : Retirable {
  explicit Noted(std::vector<int>& into, int number) : deaths(into), id(number) {}
  ~Noted() override { deaths.push_back(id); }
  std::vector<int>& deaths;
  int id;
};

TEST_F(LoopTest, AnUnusedLoopClosesEmpty) {}

TEST_F(LoopTest, PostedTasksRunInOrderOnTheLoopsThread) {
  std::vector<int> ran;
  const auto loops_thread = std::this_thread::get_id();
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(loop->post([&, i] {
        EXPECT_EQ(std::this_thread::get_id(), loops_thread);
        ran.push_back(i);
      }));
    }
  });
  EXPECT_TRUE(turn_until([&] { return ran.size() == 1000; })) << "wake-ups that libuv merged lost tasks";
  other.join();
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST_F(LoopTest, ATaskMayPost) {
  int ran = 0;
  loop->post([&] {
    ++ran;
    loop->post([&] { ++ran; });
  });
  EXPECT_TRUE(turn_until([&] { return ran == 2; }));
}

TEST_F(LoopTest, RunEndsWhenNothingIsLeft) {
  loop->post([&] { loop->close_inbox(); });
  loop->run();
  EXPECT_FALSE(loop->post([] { FAIL() << "the inbox is closed"; }));
  loop = std::make_unique<Loop>();
}

TEST_F(LoopTest, WhatWasPostedToALoopThatEndsIsGone) {
  auto held = std::make_shared<int>(1);
  loop->post([held] { FAIL() << "never run"; });
  loop = std::make_unique<Loop>();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(LoopTest, TheRetiredDieWhenTheCallbackHasUnwound) {
  std::vector<int> deaths;
  bool retired = false;
  loop->post([&] {
    loop->retire(std::make_unique<Noted>(deaths, 1));
    loop->retire(std::make_unique<Noted>(deaths, 2));
    EXPECT_TRUE(deaths.empty()) << "quiet now, dead later";
    retired = true;
  });
  EXPECT_TRUE(turn_until([&] { return deaths.size() == 2; }));
  EXPECT_TRUE(retired);
}

TEST_F(LoopTest, TheDyingMayRetireMore) {
  struct Parent final : Retirable {
    Parent(Loop& l, std::vector<int>& d) : loop(l), deaths(d) {}
    ~Parent() override { loop.retire(std::make_unique<Noted>(deaths, 7)); }
    Loop& loop;
    std::vector<int>& deaths;
  };
  std::vector<int> deaths;
  loop->post([&] { loop->retire(std::make_unique<Parent>(*loop, deaths)); });
  EXPECT_TRUE(turn_until([&] { return deaths.size() == 1; }));
}

TEST_F(LoopTest, WhatIsRetiredLastDiesWithTheLoop) {
  std::vector<int> deaths;
  loop->retire(std::make_unique<Noted>(deaths, 1));
  loop = std::make_unique<Loop>();
  EXPECT_EQ(deaths.size(), 1u);
}

TEST_F(LoopTest, ABusyReaperDoesNotKeepTheLoopAwake) {
  std::vector<int> deaths;
  loop->retire(std::make_unique<Noted>(deaths, 1));
  EXPECT_TRUE(turn_until([&] { return deaths.size() == 1; }));
  turn();  // closes the timer that waited
  EXPECT_EQ(uv_backend_timeout(loop->uv()), -1) << "it would spin";
}

TEST_F(LoopTest, AHandleIsMovedNotCopied) {
  int owner = 0;
  auto one = Handle<uv_timer_t>::open(loop->uv(), &owner, uv_timer_init);
  ASSERT_TRUE(one);
  Handle<uv_timer_t> two = std::move(*one);
  EXPECT_FALSE(*one);
  ASSERT_TRUE(two);
  EXPECT_EQ(owner_of<int>(two.get()), &owner);
  auto three = Handle<uv_timer_t>::open(loop->uv(), &owner, uv_timer_init);
  ASSERT_TRUE(three);
  two = std::move(*three);  // closes what it held
  EXPECT_EQ(open_handles(), 3u);
}

TEST_F(LoopTest, ACallbackAfterTheEndFindsNoOwner) {
  int owner = 0;
  auto handle = Handle<uv_timer_t>::open(loop->uv(), &owner, uv_timer_init);
  ASSERT_TRUE(handle);
  uv_timer_t* raw = handle->get();
  handle->reset();
  EXPECT_EQ(owner_of<int>(raw), nullptr);  // its memory stays until the close callback
  EXPECT_FALSE(*handle);
  handle->reset();
}

}  // namespace
}  // namespace umbra::net
