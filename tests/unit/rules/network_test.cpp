// Which addresses lie in a block.
#include "umbra/rules/network.h"

#include <gtest/gtest.h>

namespace umbra::rules {
namespace {

TEST(Network, Contains) {
  struct Row {
    const char* network;
    const char* address;
    bool contains;
  };
  for (const Row& row : {
           Row{"10.0.0.0/8", "10.255.1.2", true},
           Row{"10.0.0.0/8", "11.0.0.0", false},
           Row{"10.1.2.3/8", "10.9.9.9", true},
           Row{"10.1.2.3", "10.1.2.3", true},
           Row{"10.1.2.3", "10.1.2.4", false},
           Row{"192.168.4.0/23", "192.168.5.255", true},
           Row{"192.168.4.0/23", "192.168.6.0", false},
           Row{"10.1.2.3/32", "10.1.2.3", true},
           Row{"10.1.2.2/31", "10.1.2.3", true},
           Row{"10.1.2.2/31", "10.1.2.4", false},
           Row{"0.0.0.0/0", "255.255.255.255", true},
           Row{"0.0.0.0/0", "::1", false},
           Row{"::/0", "2001:db8::1", true},
           Row{"::/0", "10.0.0.1", false},
           Row{"2001:db8::/32", "2001:db8:ffff::1", true},
           Row{"2001:db8::/32", "2001:db9::1", false},
           Row{"2001:DB8::1", "2001:db8:0:0::1", true},
           Row{"2001:db8::/33", "2001:db8:8000::", false},
           Row{"fe80::/10", "fe80::1%eth0", true},
           Row{"10.0.0.0/8", "::ffff:10.1.2.3", true},
           Row{"::ffff:10.0.0.0/104", "10.1.2.3", true},
           Row{"::ffff:10.0.0.0/104", "11.1.2.3", false},
           Row{"::ffff:0:0/80", "10.1.2.3", false},
           Row{"::ffff:0:0/80", "::1", true},
       }) {
    const auto network = Network::parse(row.network);
    ASSERT_TRUE(network) << row.network;
    const auto address = IpAddress::parse(row.address);
    ASSERT_TRUE(address) << row.address;
    EXPECT_EQ(network->contains(*address), row.contains) << row.address << " in " << row.network;
  }
}

TEST(Network, WhatIsNone) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129",
                           "10.0.0", "10.0.0.256", "example.org", "[::1]", "10.0.0.1:80", "fe80::1%eth0",
                           " 10.0.0.1", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"}) {
    const auto network = Network::parse(text);
    ASSERT_FALSE(network) << text;
    EXPECT_EQ(network.error().detail.find("client '" + std::string(text) + "'"), 0u)
        << network.error().detail;
  }
  for (const char* text : {"", "unix", "%eth0", "10.0.0.1:80"}) EXPECT_FALSE(IpAddress::parse(text)) << text;
}

}  // namespace
}  // namespace umbra::rules
