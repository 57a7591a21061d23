#include "umbra/generate/status_shares.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::generate {
namespace {

std::string fault(std::string_view text) {
  const auto shares = StatusShares::parse(text);
  return shares ? "" : shares.error().detail;
}

TEST(StatusShares, EachHasItsPartOfTheWhole) {
  const auto shares = StatusShares::parse("200:6, 404:3,500:1");
  ASSERT_TRUE(shares);
  EXPECT_EQ(shares->draw(0), 200U);
  EXPECT_EQ(shares->draw(0.599), 200U);
  EXPECT_EQ(shares->draw(0.601), 404U);
  EXPECT_EQ(shares->draw(0.899), 404U);
  EXPECT_EQ(shares->draw(0.901), 500U);
  EXPECT_EQ(shares->draw(0x1.fffffffffffffp-1), 500U);
}

TEST(StatusShares, OneAloneIsAll) {
  EXPECT_EQ(StatusShares().draw(0.7), 200U);
  const auto shares = StatusShares::parse("503");
  ASSERT_TRUE(shares);
  EXPECT_EQ(shares->draw(0), 503U);
  EXPECT_EQ(shares->draw(0.999), 503U);
}

TEST(StatusShares, AShareOfNothingIsNeverDrawn) {
  const auto shares = StatusShares::parse("500:0,200:0.5,404:0");
  ASSERT_TRUE(shares);
  EXPECT_EQ(shares->draw(0), 200U);
  EXPECT_EQ(shares->draw(0x1.fffffffffffffp-1), 200U);
}

TEST(StatusShares, WhatIsWrongIsNamed) {
  EXPECT_EQ(fault("100:1"), "a status from 200 to 599 is expected");
  EXPECT_EQ(fault("101"), "a status from 200 to 599 is expected");
  EXPECT_EQ(fault("600"), "a status from 200 to 599 is expected");
  EXPECT_EQ(fault("0200:1"), "a status from 200 to 599 is expected");
  EXPECT_EQ(fault(""), "a status from 200 to 599 is expected");
  EXPECT_EQ(fault("200:"), "a share such as 97 or 0.5 is expected");
  EXPECT_EQ(fault("200:-1"), "a share such as 97 or 0.5 is expected");
  EXPECT_EQ(fault("200:1e5"), "a share such as 97 or 0.5 is expected");
  EXPECT_EQ(fault("200:nan"), "a share such as 97 or 0.5 is expected");
  EXPECT_EQ(fault("200:1.2.3"), "a share such as 97 or 0.5 is expected");
  EXPECT_EQ(fault("200:."), "a share such as 97 or 0.5 is expected");
  EXPECT_EQ(fault("200,404"), "a list such as 200:97,404:2,500:1 is expected");
  EXPECT_EQ(fault("200:97,"), "a list such as 200:97,404:2,500:1 is expected");
  EXPECT_EQ(fault("200:1,200:2"), "one share of 200 is expected");
  EXPECT_EQ(fault("200:0"), "a share above 0 is expected");
}

TEST(StatusShares, NotMoreThanAHundred) {
  std::string text = "200:1";
  for (unsigned status = 201; status <= 300; ++status) text += "," + std::to_string(status) + ":1";
  EXPECT_EQ(fault(text), "a list of at most 100 statuses is expected");
}

}  // namespace
}  // namespace umbra::generate
