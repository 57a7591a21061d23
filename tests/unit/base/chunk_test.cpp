#include "umbra/base/chunk.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra {
namespace {

TEST(Chunk, IsSharedNotCopied) {
  const Chunk one = Chunk::copy_of("bytes");
  EXPECT_TRUE(one.sole_owner());
  {
    const Chunk two = one;  // NOLINT: the copy is the point
    EXPECT_EQ(two.view().data(), one.view().data());
    EXPECT_FALSE(one.sole_owner());
  }
  EXPECT_TRUE(one.sole_owner());
}

TEST(Chunk, AMoveLeavesNothingBehind) {
  Chunk one = Chunk::copy_of("bytes");
  const Chunk two = std::move(one);
  EXPECT_FALSE(one);  // NOLINT: what is left is the question
  EXPECT_EQ(one.view(), "");
  EXPECT_EQ(one.size(), 0u);
  EXPECT_EQ(two.view(), "bytes");
}

TEST(Chunk, AssignmentToItselfKeepsTheBytes) {
  Chunk one = Chunk::copy_of("bytes");
  const Chunk& same = one;
  one = same;
  EXPECT_EQ(one.view(), "bytes");
  EXPECT_TRUE(one.sole_owner());
}

TEST(Chunk, SlicesStayValidWhileItGrows) {
  Chunk chunk = Chunk::with_room(8);
  chunk.append("abc");
  const Slice first{chunk, 0, 3};
  chunk.append("defgh");
  EXPECT_EQ(chunk.room(), 0u);
  EXPECT_EQ(first.view(), "abc");
  EXPECT_EQ((Slice{chunk, 3, 5}).view(), "defgh");
}

TEST(Chunk, ASoleOwnerMayBeginAnew) {
  Chunk chunk = Chunk::with_room(4);
  chunk.append("abcd");
  chunk.clear();
  EXPECT_EQ(chunk.room(), 4u);
  chunk.append("xy");
  EXPECT_EQ(chunk.view(), "xy");
}

TEST(ChunkDeathTest, MoreThanFitsIsABugOfOurs) {
  Chunk chunk = Chunk::with_room(2);
  EXPECT_DEATH(chunk.append("abc"), "internal error");
}

TEST(Passing, AllWhoKeepShareOneCopy) {
  const std::string buffer = "head and body";
  Passing passing(buffer);
  const Slice one = passing.keep(passing.view());
  const Slice two = passing.keep(passing.view().substr(9));
  EXPECT_EQ(two.view(), "body");
  EXPECT_NE(one.view().data(), buffer.data()) << "kept bytes outlive the read buffer";
  EXPECT_EQ(two.view().data(), one.view().data() + 9);
}

TEST(Passing, ASmallPartDoesNotHoldALargeRead) {
  const std::string buffer(64 * 1024, 'x');
  Passing passing(buffer);
  const Slice small = passing.keep(passing.view().substr(100, 10));
  EXPECT_EQ(small.chunk.size(), 10u);
  EXPECT_EQ(small.view(), std::string(10, 'x'));
}

TEST(Passing, NothingCanBeKeptToo) {
  Passing passing("abc");
  EXPECT_EQ(passing.keep(passing.view().substr(3)).view(), "");
}

TEST(PassingDeathTest, OnlyAPartOfItCanBeKept) {
  Passing passing("abc");
  EXPECT_DEATH(static_cast<void>(passing.keep("elsewhere")), "internal error");
}

}  // namespace
}  // namespace umbra
