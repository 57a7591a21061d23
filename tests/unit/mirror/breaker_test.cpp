#include "umbra/mirror/breaker.h"

#include <gtest/gtest.h>

namespace umbra::mirror {
namespace {

TEST(Breaker, OpensAtTheThirdFailureInARow) {
  Breaker breaker;
  EXPECT_FALSE(breaker.on_connect_failed());
  EXPECT_FALSE(breaker.on_connect_failed());
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.on_connect_failed());
  EXPECT_TRUE(breaker.open());
}

TEST(Breaker, ASuccessBetweenBeginsTheRowAnew) {
  Breaker breaker;
  for (int i = 0; i < 10; ++i) {
    breaker.on_connect_failed();
    breaker.on_connect_failed();
    breaker.on_connected();
  }
  EXPECT_FALSE(breaker.open());
}

TEST(Breaker, ProbesComeAtGrowingIntervals) {
  Breaker breaker;
  for (unsigned i = 0; i < Breaker::kFailures; ++i) breaker.on_connect_failed();
  for (const Nanos expected : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    EXPECT_EQ(breaker.probe_delay(), expected * kMillisecond);
    EXPECT_TRUE(breaker.on_connect_failed()) << "each failed probe calls for the next";
  }
}

TEST(Breaker, ClosesWhenAProbeConnectsAndForgets) {
  Breaker breaker;
  for (int i = 0; i < 8; ++i) breaker.on_connect_failed();
  breaker.on_connected();
  EXPECT_FALSE(breaker.open());
  EXPECT_EQ(breaker.probe_delay(), Breaker::kFirstDelay);
  EXPECT_FALSE(breaker.on_connect_failed()) << "three failures are needed again";
}

}  // namespace
}  // namespace umbra::mirror
