#include "umbra/net/address.h"

#include <gtest/gtest.h>

namespace umbra::net {
namespace {

struct Good {
  std::string text;
  std::string host;
  uint16_t port;
  const char* why;
};

struct Bad {
  std::string text;
  std::string expected;
  const char* why;
};

void expect_good(const Good& row, const Result<Address>& parsed) {
  ASSERT_TRUE(parsed) << row.text << ": " << parsed.error().detail;
  EXPECT_EQ(parsed->kind, Address::Kind::tcp) << row.why;
  EXPECT_EQ(parsed->host, row.host) << row.why;
  EXPECT_EQ(parsed->port, row.port) << row.why;
  EXPECT_EQ(parsed->text(), row.text) << row.why;
}

TEST(Address, Listening) {
  for (const Good& row :
       {Good{":8080", "", 8080, "every interface"}, Good{":0", "", 0, "the kernel chooses"},
        Good{"[::]:80", "::", 80, "every interface, written out"},
        Good{"[::1]:65535", "::1", 65535, "the highest port"},
        Good{"[fe80::1%eth0]:80", "fe80::1%eth0", 80, "a link-local zone"},
        Good{"127.0.0.1:80", "127.0.0.1", 80, "IPv4"},
        Good{"localhost:80", "localhost", 80, "the one name that is always this machine"}}) {
    expect_good(row, Address::parse_listen(row.text));
  }
}

TEST(Address, Targets) {
  for (const Good& row :
       {Good{"app:5000", "app", 5000, "a name"},
        Good{"my_app.internal-1.example:5000", "my_app.internal-1.example", 5000, "odd names"},
        Good{"[2001:db8::1]:5000", "2001:db8::1", 5000, "IPv6"},
        Good{"10.0.0.7:1", "10.0.0.7", 1, "the lowest port"}}) {
    expect_good(row, Address::parse_target(row.text));
  }
}

TEST(Address, UnixPaths) {
  for (const std::string& path :
       {std::string("/run/app.sock"), std::string("relative"), std::string(107, 'p')}) {
    for (const auto& parsed :
         {Address::parse_listen("unix:" + path), Address::parse_target("unix:" + path)}) {
      ASSERT_TRUE(parsed) << path;
      EXPECT_EQ(parsed->kind, Address::Kind::unix_path);
      EXPECT_EQ(parsed->path, path);
      EXPECT_EQ(parsed->text(), "unix:" + path);
    }
  }
}

TEST(Address, BadOnes) {
  const std::string form = "HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH is expected";
  const std::string port = "a port from 0 to 65535 is expected";
  const std::string path = "unix:PATH with a path of 1 to 107 bytes is expected";
  const std::string brackets = "brackets around the IPv6 address are expected, such as [::1]:8080";
  const std::string host = "an IP address, localhost or nothing before the port is expected";
  for (const Bad& row : {Bad{"", form, "nothing"},
                         Bad{"8080", form, "a port alone could be a host"},
                         Bad{"localhost", form, "no port"},
                         Bad{"http://host:80", form, "a URL is no address"},
                         Bad{"a:b:c", form, "neither IPv6 nor one colon"},
                         Bad{"::1:8080", brackets, "where does the port begin?"},
                         Bad{"2001:db8::1", brackets, "bare IPv6"},
                         Bad{"::", brackets, "bare IPv6"},
                         Bad{":", port, "no port"},
                         Bad{":65536", port, "too high"},
                         Bad{":-1", port, "a sign"},
                         Bad{":80x", port, "not a number"},
                         Bad{": 80", port, "a blank"},
                         Bad{"app:80", host, "a name may be another machine"},
                         Bad{"1.2.3:80", host, "half an IPv4 address"},
                         Bad{"999.1.1.1:80", host, "not an IPv4 address"},
                         Bad{"[::1]", "[IPV6]:PORT is expected", "no port"},
                         Bad{"[::1]80", "[IPV6]:PORT is expected", "no colon"},
                         Bad{"[::1:80", "[IPV6]:PORT is expected", "no closing bracket"},
                         Bad{"[x]:80", "an IPv6 address between the brackets is expected", "a name"},
                         Bad{"[127.0.0.1]:80", "an IPv6 address between the brackets is expected", "IPv4"},
                         Bad{"[]:80", "an IPv6 address between the brackets is expected", "nothing"},
                         Bad{"[::1]:", port, "no port"},
                         Bad{"unix:", path, "no path"},
                         Bad{"unix:" + std::string(108, 'p'), path, "longer than the kernel takes"}}) {
    const auto parsed = Address::parse_listen(row.text);
    ASSERT_FALSE(parsed) << row.text << ": " << row.why;
    EXPECT_EQ(parsed.error().detail, row.expected) << row.text << ": " << row.why;
    EXPECT_EQ(parsed.error().code, Errc::bad_config);
  }
}

TEST(Address, BadTargets) {
  const std::string port = "a port from 1 to 65535 is expected";
  const std::string host = "a host name or an IP address before the port is expected";
  for (const Bad& row :
       {Bad{":5000", "a host before the port is expected, such as 127.0.0.1:5000", "where to?"},
        Bad{"app:0", port, "nobody is on port 0"},
        Bad{"app", "HOST:PORT, [IPV6]:PORT or unix:PATH is expected", "no port"},
        Bad{"a b:80", host, "a blank"}, Bad{"a/b:80", host, "a slash"},
        Bad{"-a:80", host, "looks like a flag"}, Bad{"a..b:80", host, "an empty label"},
        Bad{"1.2.3:80", host, "half an IPv4 address"}, Bad{"user@host:80", host, "an at sign"},
        Bad{std::string(254, 'a') + ":80", host, "longer than DNS has names"}}) {
    const auto parsed = Address::parse_target(row.text);
    ASSERT_FALSE(parsed) << row.text << ": " << row.why;
    EXPECT_EQ(parsed.error().detail, row.expected) << row.text << ": " << row.why;
  }
}

}  // namespace
}  // namespace umbra::net
