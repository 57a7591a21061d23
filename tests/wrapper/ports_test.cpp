// Ports that are taken, missing, or taken by the application itself.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "wrapper/probe.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

std::string this_process() { return "(process " + std::to_string(::getpid()) + ")"; }

TEST(Ports, PortThatIsTaken) {
  Plan plan;
  const TakenPort taken(plan.port);
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.wait_for_end(), 1);
  EXPECT_EQ(wrapper.count({"level=error", "msg=\"PORT is taken\"", "port=" + std::to_string(plan.port),
                           this_process()}),
            1u);
  EXPECT_TRUE(wrapper.events("pid").empty()) << "the application was not started";
}

class AppPort : public ::testing::TestWithParam<bool> {};

TEST_P(AppPort, ThatIsTakenAndWasAskedFor) {
  Plan plan;
  const uint16_t port = free_port_pair();
  const TakenPort taken(port);
  if (GetParam()) {
    plan.flags = {"--app-port", std::to_string(port)};
  } else {
    plan.variables["APP_PORT"] = std::to_string(port);
  }
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.wait_for_end(), 1);
  EXPECT_EQ(wrapper.count({"level=error", "port is taken", "port=" + std::to_string(port), this_process()}),
            1u);
  EXPECT_TRUE(wrapper.events("pid").empty());
}

INSTANTIATE_TEST_SUITE_P(All, AppPort, ::testing::Bool(),
                         [](const auto& flag) { return flag.param ? "Flag" : "Variable"; });

TEST(Ports, TheNextOneIsTaken) {
  Plan plan;
  const TakenPort taken(static_cast<uint16_t>(plan.port + 1));
  plan.arguments = {std::to_string(plan.port)};
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.count({"level=warn", "PORT+1 is taken", this_process()}), 1u);
  EXPECT_EQ(wrapper.texts("argument"), wrapper.texts("listening"));
}

TEST(Ports, TheLastOneHasNoNext) {
  if (!can_bind(65535)) GTEST_SKIP() << "somebody has port 65535";
  Plan plan;
  plan.port = 65535;
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
}

class BadPort : public ::testing::TestWithParam<const char*> {};

TEST_P(BadPort, IsAWrongCommandLine) {
  Plan plan;
  plan.variables["PORT"] = GetParam();
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.wait_for_end(), 2);
  EXPECT_EQ(wrapper.count({"PORT"}), 1u) << wrapper.log();
  EXPECT_TRUE(wrapper.events("pid").empty());
}

INSTANTIATE_TEST_SUITE_P(All, BadPort, ::testing::Values("", "web", "0", "65536", "-1", "80 "));

TEST(Ports, ApplicationThatTakesPortItself) {
  Plan plan;
  plan.script = "delay=100 status=4 port=" + std::to_string(plan.port);
  RunningWrapper wrapper(plan);
  EXPECT_TRUE(wrapper.logs({"level=error", "listens on PORT itself", "nothing is copied"}));
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.count({"msg=\"proxy started\""}), 0u);
  wrapper.send(SIGUSR1);
  EXPECT_TRUE(wrapper.gets_signal(SIGUSR1));
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 4);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

// The kernel may give a connection to one of its own ports that very port at the other end, too: then the
// connection is with itself, and nobody accepts.
TEST(Probe, IsNotFooledByItself) {
  const net::Address nobody{net::Address::Kind::tcp, "127.0.0.1", 44'444, ""};
  if (wrapper::accepts(nobody)) GTEST_SKIP() << "somebody listens on port 44444";
  size_t accepted = 0;
  for (int i = 0; i < 60'000; ++i) accepted += wrapper::accepts(nobody) ? 1 : 0;
  EXPECT_EQ(accepted, 0u);
}

}  // namespace
}  // namespace umbra::wrapper_test
