#include "umbra/net/descriptor_table.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace umbra::net {
namespace {

// How many descriptors the kernel's table has places for, used or not.
uint64_t table_size() {
  std::ifstream status("/proc/self/status");
  std::string word;
  uint64_t size = 0;
  while (status >> word && word != "FDSize:") {
  }
  status >> size;
  return size;
}

TEST(DescriptorTableTest, GrowsBeforeItIsNeededAndStaysEmpty) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const uint64_t wanted = std::min<uint64_t>(limit.rlim_cur, 5000);
  const int next = ::dup(0);
  ::close(next);
  reserve_descriptors(wanted);
  EXPECT_GE(table_size(), wanted);
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, next) << "nothing was left open";
}

TEST(DescriptorTableTest, NeverMoreThanItsBoundOrTheLimit) {
  reserve_descriptors(0);
  reserve_descriptors(~uint64_t{0});
  EXPECT_LE(table_size(), 2 * kReservedMax);
}

}  // namespace
}  // namespace umbra::net
