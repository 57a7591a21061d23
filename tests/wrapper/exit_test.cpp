// The application's end is the wrapper's.
#include <gtest/gtest.h>

#include <csignal>

#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

class ExitStatus : public ::testing::TestWithParam<int> {};

TEST_P(ExitStatus, IsTheApplications) {
  Plan plan;
  plan.script = "ends_on=10 status=" + std::to_string(GetParam());
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  wrapper.send(SIGUSR1);
  EXPECT_EQ(wrapper.wait_for_end(), GetParam());
  EXPECT_EQ(
      wrapper.count({"source=umbra", "msg=\"exit\"", "process=app", "status=" + std::to_string(GetParam())}),
      1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

INSTANTIATE_TEST_SUITE_P(All, ExitStatus, ::testing::Values(0, 1, 7, 255),
                         [](const auto& status) { return std::to_string(status.param); });

TEST(Exit, OfAnApplicationThatIsKilled) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  ::kill(wrapper.app_pid(), SIGKILL);
  EXPECT_EQ(wrapper.wait_for_end(), 137);
  EXPECT_EQ(wrapper.count({"msg=\"exit\"", "process=app", "signal 9", "status=137"}), 1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

struct Unstartable {
  const char* name;
  const char* program;
  int status;
};

class ExitOf : public ::testing::TestWithParam<Unstartable> {};

TEST_P(ExitOf, AnApplicationThatCannotBeStarted) {
  Plan plan;
  plan.files["plain"] = "no program";
  plan.command = {GetParam().program};
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.wait_for_end(), GetParam().status);
  EXPECT_EQ(wrapper.count({"level=error", "cannot be started", GetParam().program}), 1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

INSTANTIATE_TEST_SUITE_P(All, ExitOf,
                         ::testing::Values(Unstartable{"NotThere", "./no-such-program", 127},
                                           Unstartable{"NotOnPath", "no-such-program", 127},
                                           Unstartable{"NotExecutable", "./plain", 126}),
                         [](const auto& row) { return row.param.name; });

TEST(Exit, OfAnApplicationThatHasNotAcceptedYet) {
  Plan plan;
  plan.script = "delay=100 exit_early=3";
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.wait_for_end(), 3);
  EXPECT_EQ(wrapper.count({"level=error", "has ended before it accepted a connection"}), 1u);
  EXPECT_EQ(wrapper.count({"msg=\"proxy started\""}), 0u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

}  // namespace
}  // namespace umbra::wrapper_test
