#include "umbra/net/address_turns.h"

#include <gtest/gtest.h>

#include "umbra/net/resolver.h"

namespace umbra::net {
namespace {

class AddressTurnsTest : public testing::Test {
 protected:
  SocketAddress at(int last) { return *literal_address("10.0.0." + std::to_string(last), 80); }
  std::vector<int> order(Nanos now) {
    std::vector<int> numbers;
    for (const SocketAddress& address : turns.order({at(1), at(2), at(3)}, now)) {
      for (int i = 1; i <= 3; ++i) {
        if (address == at(i)) numbers.push_back(i);
      }
    }
    return numbers;
  }
  AddressTurns turns;
};

using Numbers = std::vector<int>;

TEST_F(AddressTurnsTest, EachBeginsOnce) {
  EXPECT_EQ(order(1), (Numbers{1, 2, 3}));
  EXPECT_EQ(order(1), (Numbers{2, 3, 1}));
  EXPECT_EQ(order(1), (Numbers{3, 1, 2}));
  EXPECT_EQ(order(1), (Numbers{1, 2, 3}));
}

TEST_F(AddressTurnsTest, ADeadOneComesLastForAWhile) {
  turns.report(at(2), false, kSecond);
  EXPECT_EQ(order(kSecond), (Numbers{1, 3, 2}));
  EXPECT_EQ(order(kSecond), (Numbers{3, 1, 2}));
  EXPECT_EQ(order(kSecond + AddressTurns::kAvoid - 1), (Numbers{3, 1, 2}));
  EXPECT_EQ(order(kSecond + AddressTurns::kAvoid), (Numbers{1, 2, 3}));
}

TEST_F(AddressTurnsTest, OneThatConnectsIsWelcomeAtOnce) {
  turns.report(at(1), false, kSecond);
  turns.report(at(1), true, kSecond);
  EXPECT_EQ(order(kSecond), (Numbers{1, 2, 3}));
}

TEST_F(AddressTurnsTest, AllDeadAreTriedAllTheSame) {
  for (int i = 1; i <= 3; ++i) turns.report(at(i), false, kSecond);
  EXPECT_EQ(order(kSecond), (Numbers{1, 2, 3}));
}

TEST_F(AddressTurnsTest, OneAloneHasNoTurns) {
  turns.report(at(1), false, kSecond);
  EXPECT_EQ(turns.order({at(1)}, kSecond).size(), 1u);
}

}  // namespace
}  // namespace umbra::net
