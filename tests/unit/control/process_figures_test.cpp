#include "umbra/control/process_figures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>

namespace umbra::control {
namespace {

TEST(ProcessFigures, AreThoseOfThisProcess) {
  const ProcessFigures before = ProcessFigures::read();
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  const ProcessFigures after = ProcessFigures::read();
  ::close(fd);
  EXPECT_EQ(after.open_fds, before.open_fds + 1);
  EXPECT_GE(before.open_fds, 1U);
  EXPECT_GT(before.max_fds, before.open_fds);
  EXPECT_GT(before.resident_bytes, 100'000U);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  EXPECT_GE(after.cpu_seconds, before.cpu_seconds);
  EXPECT_GT(before.cpu_seconds, 0);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(before.start_time_seconds, now - 3600);
  EXPECT_LE(before.start_time_seconds, now + 2) << "the boot time is only known to the second";
}

}  // namespace
}  // namespace umbra::control
