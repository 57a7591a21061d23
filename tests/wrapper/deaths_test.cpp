// Deaths in any order: nobody is left behind, and the ports are free.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "support/eventually.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

constexpr Millis kSoon{kSanitized ? 15'000 : 5'000};

// W: the wrapper, P: the proxy, A: the application; killed one after another.
class Deaths : public ::testing::TestWithParam<const char*> {};

TEST_P(Deaths, LeaveNobodyAndNoPort) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.relays());
  const std::map<char, pid_t> pids{
      {'W', wrapper.pid()}, {'P', wrapper.proxy_pid()}, {'A', wrapper.app_pid()}};
  for (const char* who = GetParam(); *who != '\0'; ++who) ::kill(pids.at(*who), SIGKILL);
  EXPECT_TRUE(wrapper.leaves_nobody(kSoon));
  EXPECT_TRUE(wrapper.wait_for_end(kSoon));
  EXPECT_TRUE(can_bind(wrapper.port()));
  EXPECT_TRUE(can_bind(static_cast<uint16_t>(wrapper.port() + 1)));
}

INSTANTIATE_TEST_SUITE_P(All, Deaths,
                         ::testing::Values("W", "A", "WP", "PW", "WA", "AW", "PA", "AP", "WPA", "APW"),
                         [](const auto& order) { return order.param; });

// The application gets SIGTERM and ends as it would have, the proxy drains.
TEST(Death, OfTheWrapperAloneTakesNobodysAnswerAway) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  support::TestClient client(wrapper.port());
  client.send(request_for("/slow?ms=500"));
  ASSERT_TRUE(wrapper.reports("request"));
  wrapper.send(SIGKILL);
  EXPECT_EQ(support::status_of(client.read_answer()), 200u);
  EXPECT_TRUE(wrapper.leaves_nobody(kSoon));
}

TEST(Death, BeforeTheApplicationAccepts) {
  Plan plan;
  plan.script = "delay=600000";
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.reports("ready"));
  wrapper.send(SIGKILL);
  EXPECT_TRUE(wrapper.leaves_nobody(kSoon));
}

// A daemon that the application has left: without its end the next application could not have its port.
class Leftover : public ::testing::TestWithParam<bool> {};

TEST_P(Leftover, IsEndedWithTheApplication) {
  Plan plan;
  plan.script = "ends_on=10 status=2 child_ms=600000";
  if (GetParam()) plan.script += " child_ignores_term=1";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.reports("child"));
  wrapper.send(SIGUSR1);
  EXPECT_EQ(wrapper.wait_for_end(), 2);
  EXPECT_EQ(wrapper.count({"level=warn", "left behind", "pid=" + wrapper.texts("child").front()}), 1u);
  EXPECT_TRUE(wrapper.scratch().inhabitants().empty()) << "when the wrapper ends, nobody is left";
}

INSTANTIATE_TEST_SUITE_P(All, Leftover, ::testing::Bool(),
                         [](const auto& stubborn) { return stubborn.param ? "Stubborn" : "Willing"; });

TEST(Orphan, ThatEndsLeavesNoZombie) {
  Plan plan;
  plan.script = "child_ms=1";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.reports("child"));
  const std::filesystem::path process = "/proc/" + wrapper.texts("child").front();
  EXPECT_TRUE(support::eventually([&] { return !std::filesystem::exists(process); }));
  EXPECT_EQ(wrapper.status(), 200u);
}

// As `... 2>&1 | head`: a log that nobody reads any more ends nothing.
TEST(DeathOfTheLogsReader, IsNobodyElses) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Plan plan;
  plan.error_output = ends[1];
  plan.script = "status=3";
  RunningWrapper wrapper(plan);
  ::close(ends[1]);
  ASSERT_EQ(wrapper.status(), 200u);
  ::close(ends[0]);
  // It will say that this proxy has ended, and that the next one is there.
  const auto proxy_of = [&] {
    for (const pid_t pid : wrapper.scratch().inhabitants()) {
      std::error_code gone;
      const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone);
      if (program.filename() == "umbra") return pid;
    }
    return 0;
  };
  const pid_t first = proxy_of();
  ASSERT_GT(first, 0);
  ::kill(first, SIGKILL);
  EXPECT_TRUE(support::eventually([&] { return proxy_of() != 0 && proxy_of() != first; }));
  EXPECT_EQ(wrapper.status(), 200u);
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 3);
}

}  // namespace
}  // namespace umbra::wrapper_test
