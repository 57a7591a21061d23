#include "umbra/base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace umbra {
namespace {

TEST(Result, AValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Error{Errc::refused, "why"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::refused);
  EXPECT_EQ(bad.error().detail, "why");
}

TEST(Result, OfNothing) {
  EXPECT_TRUE(Result<void>());
  EXPECT_FALSE(Result<void>(Error{}));
}

TEST(Result, HoldsWhatCanOnlyMove) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> out = std::move(*result);
  EXPECT_EQ(*out, 7);
}

TEST(ResultDeathTest, TheWrongSideIsABugOfOurs) {
  EXPECT_DEATH(static_cast<void>(*Result<int>(Error{})), "internal error");
  EXPECT_DEATH(static_cast<void>(Result<int>(1).error()), "internal error");
  EXPECT_DEATH(static_cast<void>(Result<void>().error()), "internal error");
}

}  // namespace
}  // namespace umbra
