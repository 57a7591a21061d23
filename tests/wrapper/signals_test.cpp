// Signals: all to the application; SIGTERM when the proxy has drained.
#include <gtest/gtest.h>

#include <csignal>

#include "support/eventually.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

using support::TestClient;

TEST(Signals, ReachTheApplicationOnceEach) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  const std::vector<int> all{SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTTIN, SIGTTOU};
  for (const int number : all) {
    wrapper.send(number);
    EXPECT_TRUE(wrapper.gets_signal(number)) << number;
  }
  for (const int number : all) EXPECT_EQ(wrapper.signals(number), 1u) << number;
  EXPECT_EQ(wrapper.status(), 200u) << "nobody has ended";
}

// A request that is being answered for so long; the test goes on once the application has it.
class SlowRequest {
 public:
  SlowRequest(const RunningWrapper& wrapper, int ms) : client_(wrapper.port()) {
    client_.send(request_for("/slow?ms=" + std::to_string(ms)));
    EXPECT_TRUE(wrapper.reports("request"));
  }
  void is_answered() {
    EXPECT_EQ(support::status_of(client_.read_answer()), 200u);
    client_.close();
  }

 private:
  TestClient client_;
};

bool is_refused(uint16_t port) {
  return support::eventually([port] { return !TestClient(port).is_open(); });
}

TEST(SigTerm, LetsTheApplicationAnswerFirst) {
  Plan plan;
  plan.script = "status=5";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  SlowRequest slow(wrapper, 1000);
  wrapper.send(SIGTERM);
  EXPECT_TRUE(is_refused(wrapper.port()));
  EXPECT_TRUE(wrapper.events("answered").empty()) << "refused while the old is still being answered";
  for (int i = 0; i < 3; ++i) wrapper.send(SIGTERM);
  slow.is_answered();
  EXPECT_EQ(wrapper.wait_for_end(), 5);
  ASSERT_EQ(wrapper.signals(SIGTERM), 1u);
  EXPECT_GT(wrapper.events("signal").front().at, wrapper.events("answered").front().at);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

TEST(SigTerm, ToAllAtOnceAndAgainLosesNothing) {
  Plan plan;
  plan.script = "status=6";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  SlowRequest slow(wrapper, 500);
  const std::vector<pid_t> everybody{wrapper.pid(), wrapper.proxy_pid(), wrapper.app_pid()};
  for (int i = 0; i < 3; ++i) {
    for (const pid_t pid : everybody) ::kill(pid, SIGTERM);
  }
  slow.is_answered();
  EXPECT_EQ(wrapper.wait_for_end(), 6);
  EXPECT_LE(wrapper.signals(SIGTERM), 3u) << "none from the wrapper beside those";
  EXPECT_EQ(wrapper.count({"process=umbra"}), 0u) << "the proxy has not ended by it";
  EXPECT_TRUE(wrapper.leaves_nobody());
}

TEST(SigTerm, KillsWhatDoesNotStop) {
  Plan plan;
  plan.flags = {"--stop-timeout", "1s"};
  plan.script = "ignores_term=1";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  const int64_t before = monotonic_ns();
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 137);
  EXPECT_GE(monotonic_ns() - before, 900'000'000);
  EXPECT_LT(monotonic_ns() - before, 10'000'000'000);
  EXPECT_EQ(wrapper.signals(SIGTERM), 1u);
  EXPECT_EQ(wrapper.count({"level=warn", "killed", "process=app"}), 1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

TEST(SigTerm, WithoutAnyTimeKillsAtOnce) {
  Plan plan;
  plan.flags = {"--stop-timeout", "0s"};
  plan.script = "ignores_term=1";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 137);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

TEST(SigTerm, BeforeTheApplicationAccepts) {
  Plan plan;
  plan.script = "delay=600000 status=4";
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.reports("ready"));
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 4);
  EXPECT_EQ(wrapper.signals(SIGTERM), 1u);
  EXPECT_EQ(wrapper.count({"has ended before it accepted"}), 0u) << "it was asked to";
  EXPECT_TRUE(wrapper.leaves_nobody());
}

// Not even where somebody means it for the proxy alone: it ends when the wrapper says so.
TEST(SigTerm, ToTheProxyAloneChangesNothing) {
  Plan plan;
  plan.variables["EM_PROXY_VERBOSE"] = "true";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.relays());
  ::kill(wrapper.proxy_pid(), SIGTERM);
  EXPECT_TRUE(wrapper.logs({"level=debug", "source=umbra", "SIGTERM is left to the wrapper"}));
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.count({"process=umbra"}), 0u);
}

// Some process managers start what they start with signals ignored.
TEST(SignalsThatWereIgnored, AreHeardAllTheSame) {
  Plan plan;
  plan.ignored_signals = {SIGCHLD, SIGTERM, SIGHUP};
  plan.script = "status=3";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(Millis(10'000)), 3);
}

}  // namespace
}  // namespace umbra::wrapper_test
