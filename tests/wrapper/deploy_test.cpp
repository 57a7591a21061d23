// A deploy in miniature: instance A serves, B comes, clients go over, A is told to stop.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "support/eventually.h"
#include "wrapper/load.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

constexpr Rate kRate{.per_second = 200, .slow_every = 20, .slow_ms = 600};

// From the log's line to the last socket's end, on a busy machine.
constexpr int64_t kMoment = 500'000'000;

class Deploy : public ::testing::Test {
 protected:
  static Plan with_status(int status) {
    Plan plan;
    plan.script = "status=" + std::to_string(status);
    return plan;
  }
  static void expect_nothing_lost(const std::vector<Outcome>& outcomes) {
    const size_t lost = outcomes.size() - all_with(outcomes, Fate::answered).size();
    std::printf("deploy: %zu requests, %zu lost\n", outcomes.size(), lost);
    EXPECT_EQ(lost, 0u) << summary(outcomes);
  }
};

// As Heroku does it: the router has B, and every process of A gets SIGTERM.
TEST_F(Deploy, WithARouterLosesNothing) {
  RunningWrapper a(with_status(11));
  ASSERT_EQ(a.status(), 200u);
  std::atomic<uint16_t> router = a.port();
  Load load(kRate, [&] { return std::vector{router.load()}; });
  ASSERT_TRUE(support::eventually([&] { return load.begun() >= 100; }));
  RunningWrapper b(with_status(12));
  ASSERT_TRUE(b.accepts());
  // With a few slow ones under way on A.
  ASSERT_TRUE(support::eventually([&] { return load.slow_under_way() >= 3; }));
  router = b.port();
  const size_t begun = load.begun();
  const int64_t switched = monotonic_ns();
  ASSERT_TRUE(support::eventually([&] { return load.quick_ones_have_ended(switched); }));
  const std::vector<pid_t> everybody{a.pid(), a.proxy_pid(), a.app_pid()};
  for (const pid_t pid : everybody) ::kill(pid, SIGTERM);
  ASSERT_TRUE(support::eventually([&] { return load.begun() >= begun + 300; }));
  EXPECT_EQ(a.wait_for_end(), 11);
  expect_nothing_lost(load.stop());
  EXPECT_TRUE(a.leaves_nobody());
}

// As a container's end is: only the wrapper is told, and whoever is refused by A goes to B.  Who has
// connected to A and not said anything yet when A closes may be too late: one client in the moment of
// closing, no other.
TEST_F(Deploy, WithClientsThatTryTheOldOneFirstLosesNothingThatWasSent) {
  RunningWrapper a(with_status(11));
  RunningWrapper b(with_status(12));
  ASSERT_EQ(a.status(), 200u);
  ASSERT_EQ(b.status(), 200u);
  Load load(kRate, [&] { return std::vector{a.port(), b.port()}; });
  ASSERT_TRUE(support::eventually([&] { return load.begun() >= 100 && load.slow_under_way() >= 3; }));
  const size_t begun = load.begun();
  const int64_t told = monotonic_ns();
  a.send(SIGTERM);
  ASSERT_TRUE(a.logs({"msg=\"draining\""}));
  const int64_t closed = monotonic_ns();
  ASSERT_TRUE(support::eventually([&] { return load.begun() >= begun + 300; }));
  EXPECT_EQ(a.wait_for_end(), 11);
  const std::vector<Outcome> outcomes = load.stop();
  const auto lost = all_with(outcomes, Fate::broken);
  std::printf("deploy without a router: %zu requests, %zu lost\n", outcomes.size(), lost.size());
  EXPECT_EQ(all_with(outcomes, Fate::answered).size() + lost.size(), outcomes.size()) << summary(outcomes);
  EXPECT_LE(lost.size(), 2u) << summary(outcomes);
  for (const Outcome& each : lost) {
    EXPECT_TRUE(each.begun <= closed + kMoment && each.ended >= told) << summary(outcomes);
  }
  EXPECT_TRUE(a.leaves_nobody());
}

}  // namespace
}  // namespace umbra::wrapper_test
