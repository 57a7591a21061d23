#include "umbra/net/hang_up.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "umbra/net/timer.h"

namespace umbra::net {
namespace {

TEST(HangUpWatch, TellsOnceThatTheOtherEndHasGone) {
  Loop loop;
  int leash[2];
  ASSERT_EQ(::pipe2(leash, O_CLOEXEC), 0);
  int told = 0;
  {
    HangUpWatch watch(loop, leash[0], [&] { ++told; });
    Timer go(loop, [&] { ::close(leash[1]); });
    Timer end(loop, [&] { loop.close_inbox(); });
    go.start_once(5 * kMillisecond);
    end.start_once(50 * kMillisecond);
    loop.run();
    EXPECT_EQ(told, 1);
  }
  EXPECT_EQ(::fcntl(leash[0], F_GETFD), -1) << "it has closed what it took";
}

TEST(HangUpWatch, DoesNotKeepALoopAlive) {
  Loop loop;
  int leash[2];
  ASSERT_EQ(::pipe2(leash, O_CLOEXEC), 0);
  {
    HangUpWatch watch(loop, leash[0], [] {});
    loop.close_inbox();
    loop.run();
  }
  ::close(leash[1]);
}

}  // namespace
}  // namespace umbra::net
