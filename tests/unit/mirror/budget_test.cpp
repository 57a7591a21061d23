#include "umbra/mirror/budget.h"

#include <gtest/gtest.h>

namespace umbra::mirror {
namespace {

TEST(Budget, AShadowGetsHalfOfAll) {
  TotalBudget total{1000};
  Budget one(total);
  EXPECT_EQ(one.limit(), 500u);
  EXPECT_EQ(one.take(500), Drop::count);
  EXPECT_EQ(one.take(1), Drop::over_budget);
  EXPECT_EQ(one.used(), 500u) << "what was refused was not taken";
  EXPECT_EQ(total.used, 500u);
}

TEST(Budget, AllTogetherAreBounded) {
  TotalBudget total{1000};
  Budget one(total);
  Budget two(total);
  Budget three(total);
  EXPECT_EQ(one.take(400), Drop::count);
  EXPECT_EQ(two.take(400), Drop::count);
  EXPECT_EQ(three.take(201), Drop::over_total);
  EXPECT_EQ(three.take(200), Drop::count);
  EXPECT_EQ(one.take(101), Drop::over_budget) << "its own bound is named first";
}

TEST(Budget, WhatIsGivenBackCanBeTakenByOthers) {
  TotalBudget total{1000};
  Budget one(total);
  Budget two(total);
  Budget three(total);
  EXPECT_EQ(one.take(500), Drop::count);
  EXPECT_EQ(two.take(500), Drop::count);
  one.give_back(200);
  EXPECT_EQ(three.take(200), Drop::count);
  EXPECT_EQ(three.take(1), Drop::over_total);
  EXPECT_EQ(one.used(), 300u);
  EXPECT_EQ(one.peak(), 500u);
}

TEST(Budget, OneThatGoesGivesEverythingBack) {
  TotalBudget total{1000};
  {
    Budget one(total);
    EXPECT_EQ(one.take(300), Drop::count);
  }
  EXPECT_EQ(total.used, 0u);
}

}  // namespace
}  // namespace umbra::mirror
