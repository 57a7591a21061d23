// At a terminal: the kernel tells the whole foreground group, so the wrapper must not say it again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

class Terminal {
 public:
  Terminal() {
    EXPECT_EQ(::openpty(&near_, &far_, nullptr, nullptr, nullptr), 0);
    for (const int fd : {near_, far_}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  ~Terminal() { hang_up(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int far() const noexcept { return far_; }
  void type(char key) const { EXPECT_EQ(::write(near_, &key, 1), 1); }
  void resize() const {
    const winsize size{50, 100, 0, 0};
    EXPECT_EQ(::ioctl(near_, TIOCSWINSZ, &size), 0);
  }
  void hang_up() {
    for (int* fd : {&near_, &far_}) {
      if (*fd >= 0) ::close(std::exchange(*fd, -1));
    }
  }

 private:
  int near_ = -1;
  int far_ = -1;
};

constexpr char kControlC = 3;
constexpr char kControlBackslash = 28;

class AtATerminal : public ::testing::Test {
 protected:
  Plan plan(const std::string& script) const {
    Plan plan;
    plan.terminal = terminal_.far();
    plan.script = script;
    return plan;
  }
  // What was sent before has come when this has.
  static void expect_one(const RunningWrapper& wrapper, int number) {
    EXPECT_TRUE(wrapper.gets_signal(number));
    wrapper.send(SIGUSR1);
    EXPECT_TRUE(wrapper.gets_signal(SIGUSR1));
    EXPECT_EQ(wrapper.signals(number), 1u);
  }

  Terminal terminal_;
};

TEST_F(AtATerminal, ControlCComesOnce) {
  RunningWrapper wrapper(plan(""));
  ASSERT_EQ(wrapper.status(), 200u);
  terminal_.type(kControlC);
  expect_one(wrapper, SIGINT);
  EXPECT_EQ(wrapper.status(), 200u) << "what it means is the application's to say";
}

TEST_F(AtATerminal, ControlCEndsEverything) {
  RunningWrapper wrapper(plan("ends_on=2 status=130"));
  ASSERT_EQ(wrapper.status(), 200u);
  terminal_.type(kControlC);
  EXPECT_EQ(wrapper.wait_for_end(), 130);
  EXPECT_EQ(wrapper.signals(SIGINT), 1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

TEST_F(AtATerminal, QuitComesOnce) {
  RunningWrapper wrapper(plan(""));
  ASSERT_EQ(wrapper.status(), 200u);
  terminal_.type(kControlBackslash);
  expect_one(wrapper, SIGQUIT);
}

TEST_F(AtATerminal, ANewSizeComesOnce) {
  RunningWrapper wrapper(plan(""));
  ASSERT_EQ(wrapper.status(), 200u);
  terminal_.resize();
  expect_one(wrapper, SIGWINCH);
}

// A terminal that goes tells the leader of its session alone, which the application would be by itself.
TEST_F(AtATerminal, HangingUpComesOnce) {
  RunningWrapper wrapper(plan("ends_on=1 status=129"));
  ASSERT_EQ(wrapper.status(), 200u);
  terminal_.hang_up();
  EXPECT_EQ(wrapper.wait_for_end(Millis(10'000)), 129);
  EXPECT_EQ(wrapper.signals(SIGHUP), 1u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

}  // namespace
}  // namespace umbra::wrapper_test
