#include "umbra/net/leash.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "umbra/net/timer.h"

namespace umbra::net {
namespace {

class LeashTest : public ::testing::Test {
 protected:
  LeashTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0); }

  // Runs the loop for a moment in which `act` is called.
  void run(const std::function<void()>& act) {
    Timer go(loop_, act);
    Timer end(loop_, [this] { loop_.close_inbox(); });
    go.start_once(5 * kMillisecond);
    end.start_once(50 * kMillisecond);
    loop_.run();
  }

  Loop loop_;
  int ends_[2] = {-1, -1};
  int told_ = 0;
};

TEST_F(LeashTest, TellsOnceThatItWasLetGo) {
  {
    Leash leash(loop_, ends_[0], [this] { ++told_; });
    run([this] { ::close(ends_[1]); });
    EXPECT_EQ(told_, 1);
  }
  EXPECT_EQ(::fcntl(ends_[0], F_GETFD), -1) << "it has closed what it took";
}

// The starter may let go and still listen.
TEST_F(LeashTest, ReportsToWhoHasLetGo) {
  Leash leash(loop_, ends_[0], [this] { ++told_; });
  run([this] { ::shutdown(ends_[1], SHUT_WR); });
  EXPECT_EQ(told_, 1);
  leash.report_sigterm();
  char heard = 0;
  EXPECT_EQ(::recv(ends_[1], &heard, 1, MSG_DONTWAIT), 1);
  EXPECT_EQ(heard, 'T');
  ::close(ends_[1]);
  leash.report_sigterm();  // to nobody: no signal, no end
}

TEST_F(LeashTest, DoesNotKeepALoopAlive) {
  Leash leash(loop_, ends_[0], [this] { ++told_; });
  loop_.close_inbox();
  loop_.run();
  EXPECT_EQ(told_, 0);
  ::close(ends_[1]);
}

}  // namespace
}  // namespace umbra::net
