// As process 1 of a container: what init is for, too.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/eventually.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kContainer{"unshare", "--pid", "--fork", "--mount-proc"};

class ProcessOne : public ::testing::Test {
 protected:
  void SetUp() override {
    const bool allowed = std::system("unshare --pid --fork --mount-proc true >/dev/null 2>&1") == 0;
    if (!allowed) GTEST_SKIP() << "no process namespace may be made here";
  }
  // Its id outside.
  static pid_t find(const RunningWrapper& wrapper) {
    for (const pid_t pid : wrapper.scratch().inhabitants()) {
      std::error_code gone;
      if (fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone) == UMBRA_WRAPPER) return pid;
    }
    return 0;
  }
  static std::vector<std::string> children_of(pid_t parent) {
    const std::string id = std::to_string(parent);
    std::ifstream list("/proc/" + id + "/task/" + id + "/children");
    return {std::istream_iterator<std::string>(list), {}};
  }
};

TEST_F(ProcessOne, StopsAndPassesTheStatusOn) {
  Plan plan;
  plan.under = kContainer;
  plan.script = "status=7";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  EXPECT_NE(wrapper.app_pid(), 1);
  ::kill(find(wrapper), SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 7);
  EXPECT_EQ(wrapper.signals(SIGTERM), 1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

TEST_F(ProcessOne, ReapsOrphans) {
  Plan plan;
  plan.under = kContainer;
  plan.script = "child_ms=1";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.reports("child"));
  const pid_t one = find(wrapper);
  EXPECT_TRUE(support::eventually([&] { return children_of(one).size() == 2; })) << "proxy and application";
}

TEST_F(ProcessOne, EndsWithItsApplication) {
  Plan plan;
  plan.under = kContainer;
  plan.script = "ends_on=10 status=9 child_ms=600000";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ::kill(find(wrapper), SIGUSR1);
  EXPECT_EQ(wrapper.wait_for_end(), 9);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

}  // namespace
}  // namespace umbra::wrapper_test
