#include "umbra/base/reason.h"

#include <gtest/gtest.h>

#include <set>

namespace umbra {
namespace {

template <typename Names>
void expect_labels(const Names& names) {
  std::set<std::string_view> seen;
  for (const std::string_view name : names) {
    EXPECT_FALSE(name.empty()) << "a reason was added without a name";
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), name.npos) << name;
    EXPECT_TRUE(seen.insert(name).second) << name;
  }
}

TEST(Reason, EachHasANameOfItsOwnThatIsALabel) {
  expect_labels(kOpaqueNames);
  expect_labels(kDropNames);
  expect_labels(kFailNames);
}

TEST(Reason, NamesStandInTheOrderOfTheValues) {
  EXPECT_EQ(name_of(Opaque::none), "none");
  EXPECT_EQ(name_of(Opaque::http2), "http2");
  EXPECT_EQ(name_of(Opaque::two_framings), "two_framings");
  EXPECT_EQ(name_of(Opaque::bad_answer), "bad_answer");
  EXPECT_EQ(name_of(Drop::loop), "loop");
  EXPECT_EQ(name_of(Drop::connections_max), "connections_max");
  EXPECT_EQ(name_of(Drop::client_aborted), "client_aborted");
  EXPECT_EQ(name_of(Drop::timeout), "timeout");
  EXPECT_EQ(name_of(Fail::resolve), "resolve");
  EXPECT_EQ(name_of(Fail::closed_unanswered), "closed_unanswered");
  EXPECT_EQ(name_of(Fail::draining), "draining");
}

TEST(Reason, CountsAddUp) {
  CountsBy<Drop> one;
  ++one[Drop::loop];
  one[Drop::timeout] += 2;
  CountsBy<Drop> two = one;
  two.add(one);
  EXPECT_EQ(two[Drop::loop], 2u);
  EXPECT_EQ(two[Drop::timeout], 4u);
  EXPECT_EQ(two.sum(), 6u);
}

}  // namespace
}  // namespace umbra
