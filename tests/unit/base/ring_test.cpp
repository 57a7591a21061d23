#include "umbra/base/ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

namespace umbra {
namespace {

TEST(Ring, IsFirstInFirstOutWhileItGrowsAndWraps) {
  Ring<int> ring;
  std::deque<int> model;
  int next = 0;
  // Pushes in bursts of growing size, pops a little less: every offset of the head meets a growth.
  for (int round = 1; round < 40; ++round) {
    for (int i = 0; i < round; ++i) {
      ring.push(next);
      model.push_back(next++);
    }
    for (int i = 0; i < round - 1; ++i) {
      ASSERT_EQ(ring.front(), model.front());
      ASSERT_EQ(ring.pop(), model.front());
      model.pop_front();
    }
    ASSERT_EQ(ring.size(), model.size());
    ASSERT_EQ(ring.back(), model.back());
    for (size_t i = 0; i < model.size(); ++i) ASSERT_EQ(ring[i], model[i]);
  }
}

TEST(Ring, LetsGoOfWhatWasPopped) {
  Ring<std::shared_ptr<int>> ring;
  const auto item = std::make_shared<int>(1);
  ring.push(item);
  ring.push(nullptr);
  static_cast<void>(ring.pop());
  EXPECT_EQ(item.use_count(), 1) << "the slot in the block must not keep it";
}

TEST(Ring, HoldsWhatCanOnlyMove) {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 10; ++i) ring.push(std::make_unique<int>(i));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*ring.pop(), i);
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, ClearedItTakesNoMemoryAndWorksOn) {
  Ring<std::shared_ptr<int>> ring;
  const auto item = std::make_shared<int>(1);
  ring.push(item);
  ring.clear();
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(item.use_count(), 1);
  ring.push(item);
  EXPECT_EQ(ring.front(), item);
}

TEST(RingDeathTest, PoppingFromAnEmptyOneIsABugOfOurs) {
  Ring<int> ring;
  EXPECT_DEATH(static_cast<void>(ring.pop()), "internal error");
}

}  // namespace
}  // namespace umbra
