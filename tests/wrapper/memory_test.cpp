// What the wrapper costs while it serves.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

size_t resident_kib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

TEST(Memory, OfTheWrapperIsSmall) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  const size_t kib = resident_kib(wrapper.pid());
  std::printf("resident memory of the wrapper: %zu KiB\n", kib);
  EXPECT_GT(kib, 0u);
  if (UMBRA_IS_STATIC && !kSanitized) {
    EXPECT_LT(kib, 3u * 1024);
  }
}

}  // namespace
}  // namespace umbra::wrapper_test
