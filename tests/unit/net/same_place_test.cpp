#include "umbra/net/same_place.h"

#include <gtest/gtest.h>

namespace umbra::net {
namespace {

TEST(SamePlace, Table) {
  struct Row {
    std::string target;
    std::string listen;
    bool reaches;
    const char* why;
  };
  for (const Row& row : {
           Row{"127.0.0.1:80", "127.0.0.1:80", true, "the same"},
           Row{"127.0.0.1:80", "127.0.0.1:81", false, "another port"},
           Row{"127.0.0.1:80", ":80", true, "every interface has the loopback"},
           Row{"127.0.0.2:80", "[::]:80", true, "all of 127/8 is the loopback"},
           Row{"[::1]:80", "[::]:80", true, "IPv6 loopback"},
           Row{"[::1]:80", "0.0.0.0:80", false, "IPv4 only"},
           Row{"LOCALHOST:80", "0.0.0.0:80", true, "names have no case"},
           Row{"localhost:80", "127.0.0.1:80", true, "the loopback by name"},
           Row{"127.0.0.2:80", "127.0.0.1:80", false, "another loopback address"},
           Row{"0.0.0.0:80", "127.0.0.1:80", true, "any, as a target, is this machine"},
           Row{"app:80", ":80", false, "another machine, as far as one can see"},
           Row{"unix:/a", "unix:/a", true, "the same socket"},
           Row{"unix:/a", "unix:/b", false, "another socket"},
           Row{"unix:/a", ":80", false, "another kind"},
       }) {
    const auto target = Address::parse_target(row.target);
    const auto listen = Address::parse_listen(row.listen);
    ASSERT_TRUE(target && listen) << row.target << " " << row.listen;
    EXPECT_EQ(would_reach(*target, *listen), row.reaches)
        << row.target << " " << row.listen << ": " << row.why;
  }
}

}  // namespace
}  // namespace umbra::net
