#include "umbra/config/shadow_flag.h"

#include <gtest/gtest.h>

namespace umbra::config {
namespace {

TEST(ShadowFlag, GoodOnes) {
  struct Row {
    std::string text;
    std::string name;
    std::string authority;
    std::string address;
    const char* why;
  };
  for (const Row& row : {
           Row{"http://h:5001", "h:5001", "h:5001", "h:5001", "named by its place"},
           Row{"http://h", "h:80", "h", "h:80", "the default port is not said in Host"},
           Row{"http://h:80/", "h:80", "h", "h:80", "a lone slash means nothing"},
           Row{"HTTP://Host.Example", "host.example:80", "host.example", "host.example:80", "in any case"},
           Row{"http://[::1]", "[::1]:80", "[::1]", "[::1]:80", "IPv6"},
           Row{"http://[::1]:81", "[::1]:81", "[::1]:81", "[::1]:81", "IPv6 with a port"},
           Row{"v2=http://h:1", "v2", "h:1", "h:1", "a name"},
           Row{"A.b_c:d-9=http://h:1", "A.b_c:d-9", "h:1", "h:1", "all that a name may hold"},
           Row{"https://h", "h:443", "h", "h:443", "TLS"},
           Row{"https://h:80", "h:80", "h:80", "h:80", "TLS on another port"},
           Row{"http://h:443", "h:443", "h:443", "h:443", "443 is no default of http"},
           Row{"tcp://h:25", "h:25", "h:25", "h:25", "bytes"},
           Row{"unix:/run/next app.sock", "next-app.sock", "localhost", "unix:/run/next app.sock",
               "a socket"},
           Row{"x=unix:/a=b", "x", "localhost", "unix:/a=b", "a socket with a name"},
           Row{"unix:/a=b", "a-b", "localhost", "unix:/a=b", "an equals sign in a path is no name's"},
           Row{std::string(64, 'n') + "=http://h:1", std::string(64, 'n'), "h:1", "h:1", "the longest name"},
       }) {
    const auto shadow = parse_shadow(row.text);
    ASSERT_TRUE(shadow) << row.text << ": " << shadow.error().detail;
    EXPECT_EQ(shadow->name, row.name) << row.why;
    EXPECT_EQ(shadow->authority, row.authority) << row.why;
    EXPECT_EQ(shadow->address.text(), row.address) << row.why;
    EXPECT_TRUE(row.text.ends_with(shadow->url)) << row.why;
    EXPECT_TRUE(shadow->marker) << row.why;
  }
}

TEST(ShadowFlag, BadOnes) {
  struct Row {
    std::string text;
    std::string expected;
    const char* why;
  };
  const std::string url = "a URL such as http://host:port is expected";
  const std::string name =
      "a name of 1 to 64 letters, digits, '.', '_', ':' or '-' before the '=' is expected";
  const std::string path =
      "a URL without path and query is expected, such as http://host:port (a copy keeps the target of its "
      "request)";
  const std::string host = "a host name or an IP address before the port is expected in http://host:port";
  const std::string port = "a port from 1 to 65535 is expected in http://host:port";
  for (const Row& row : {
           Row{"", url, "nothing"},
           Row{"http://", url, "no host"},
           Row{"http:///", url, "no host"},
           Row{"http", url, "the scheme alone"},
           Row{"http:h:80", url, "no slashes"},
           Row{"h:5001", url, "no scheme"},
           Row{"ftp://h", url, "another scheme"},
           Row{"http://unix:/run/x", path, "a path"},
           Row{"http://unix:x", "HOST or HOST:PORT is expected in http://host:port",
               "no socket paths in URLs"},
           Row{"http://unix", "HOST or HOST:PORT is expected in http://host:port",
               "nor what would become one"},
           Row{"n=", url, "a name alone"},
           Row{"=http://h", name, "an empty name"},
           Row{"a b=http://h", name, "a blank"},
           Row{"a\"b=http://h", name, "a quote"},
           Row{std::string(65, 'n') + "=http://h", name, "too long"},
           Row{"http://h/path", path, "a path"},
           Row{"http://h//", path, "a path of slashes"},
           Row{"http://h?a=b", path, "a query"},
           Row{"http://h#f", path, "a fragment"},
           Row{"http://u%0d%0a:p@h", "a user and a password without control bytes before the @ is expected",
               "header injection"},
           Row{"http://u:%zz@h", "two hexadecimal digits behind each % of user and password are expected",
               "a % that is not encoded"},
           Row{"http://u:p@", url, "no host behind a user"},
           Row{"https://h/path",
               "a URL without path and query is expected, such as https://host:port (a copy keeps the target "
               "of "
               "its request)",
               "a path"},
           Row{"https://", "a URL such as https://host:port is expected", "no host"},
           Row{"tcp://h", "HOST:PORT, [IPV6]:PORT or unix:PATH is expected in tcp://host:port", "no port"},
           Row{"tcp://h:1/x", "a URL without path and query is expected, such as tcp://host:port", "a path"},
           Row{"tcp://u:p@h:1", "a URL without user and password is expected, such as tcp://host:port",
               "a user"},
           Row{"unix:", "unix:PATH with a path of 1 to 107 bytes is expected", "no path"},
           Row{"unix:/run/", "unix:PATH with the name of a socket at its end is expected", "a folder"},
           Row{"http://h:0", port, "port 0"},
           Row{"http://h:65536", port, "too high"},
           Row{"http://h:", port, "an empty port"},
           Row{"http://h h", host, "a blank"},
           Row{"http://h\r\nX:1", host, "header injection"},
           Row{"http://[::1", "[IPV6]:PORT is expected in http://host:port", "an open bracket"},
           Row{"http://::1",
               "brackets around the IPv6 address are expected, such as [::1]:8080 in http://host:port",
               "bare IPv6"},
       }) {
    const auto shadow = parse_shadow(row.text);
    ASSERT_FALSE(shadow) << row.text << ": " << row.why;
    EXPECT_EQ(shadow.error().detail, row.expected) << row.text << ": " << row.why;
  }
}

TEST(ShadowFlag, UserAndPasswordBecomeAuthorization) {
  struct Row {
    std::string url;
    std::string authorization;
    std::string shown;
  };
  for (const Row& row : {
           Row{"http://u:p@h", "Basic dTpw", "http://h"},
           Row{"https://u:@h:1", "Basic dTo=", "https://h:1"},
           Row{"https://u@h:1", "Basic dTo=", "https://h:1"},
           Row{"HTTP://user:p%40ss@H/", "Basic dXNlcjpwQHNz", "http://H/"},
           Row{"http://u:p@ss@h", "Basic dTpwQHNz", "http://h"},
           Row{"http://h", "", "http://h"},
       }) {
    const auto shadow = parse_shadow("x=" + row.url);
    ASSERT_TRUE(shadow) << row.url << ": " << shadow.error().detail;
    EXPECT_EQ(shadow->authorization, row.authorization) << row.url;
    EXPECT_EQ(shadow->url, row.shown) << row.url;
    EXPECT_EQ(shadow->url.find("u:"), std::string::npos) << row.url;
  }
}

TEST(ShadowFlag, PasswordsAreNotShown) {
  EXPECT_EQ(without_password("http://u:p@h/x"), "http://***@h/x");
  EXPECT_EQ(without_password("x=http://u:p@ss@h"), "x=http://***@h");
  EXPECT_EQ(without_password("u:p@h"), "***@h");
  EXPECT_EQ(without_password("http://h"), "http://h");
}

}  // namespace
}  // namespace umbra::config
