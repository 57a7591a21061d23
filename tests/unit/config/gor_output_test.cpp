#include "umbra/config/gor_output.h"

#include <gtest/gtest.h>

namespace umbra::config {
namespace {

std::optional<GorOutput> output_of(const std::string& value, std::string* problem = nullptr) {
  GorProblems problems;
  auto output = parse_gor_output({find_gor_flag("output-http"), value, 1, 1}, problems);
  const auto all = problems.take();
  if (problem != nullptr) *problem = all.empty() ? "" : all.front().text;
  return output;
}

TEST(GorOutput, GoodOnes) {
  struct Row {
    std::string value;
    std::string url;
    std::string name;
    std::string authority;
    std::string prefix;
    std::string authorization;
    const char* why;
  };
  const std::string basic = "Basic ";
  for (const Row& row : {
           Row{"http://example.com", "http://example.com", "example.com:80", "example.com", "", "", "plain"},
           Row{"https://example.com", "https://example.com", "example.com:443", "example.com", "", "", "TLS"},
           Row{"https://example.com:1", "https://example.com:1", "example.com:1", "example.com:1", "", "",
               "a port"},
           Row{"example.com", "http://example.com", "example.com:80", "example.com", "", "", "a bare host"},
           Row{"example.com:81", "http://example.com:81", "example.com:81", "example.com:81", "", "",
               "host:port"},
           Row{"HTTPS://Example.COM:443/", "https://example.com", "example.com:443", "example.com", "", "",
               "a slash"},
           Row{"http://s/prefix", "http://s/prefix", "s:80", "s", "/prefix", "", "a path"},
           Row{"http://s/a/b%20c//", "http://s/a/b%20c", "s:80", "s", "/a/b%20c", "", "slashes at its end"},
           Row{"s/p", "http://s/p", "s:80", "s", "/p", "", "a path without a scheme"},
           Row{"http://[::1]", "http://[::1]", "[::1]:80", "[::1]", "", "", "IPv6"},
           Row{"https://[::1]:8443", "https://[::1]:8443", "[::1]:8443", "[::1]:8443", "", "",
               "IPv6 and a port"},
           Row{"http://user:pass@host", "http://host", "host:80", "host", "", basic + "dXNlcjpwYXNz",
               "a user"},
           Row{"u@h:1/p", "http://h:1/p", "h:1", "h:1", "/p", basic + "dTo=", "a user without a password"},
           Row{"http://a%40b:c%3Ad@h", "http://h", "h:80", "h", "", basic + "YUBiOmM6ZA==", "encoded"},
           Row{"http://a@b:c@h", "http://h", "h:80", "h", "", basic + "YUBiOmM=", "the last @ counts"},
           Row{" http://h ", "http://h", "h:80", "h", "", "", "blanks around it"},
       }) {
    const auto output = output_of(row.value);
    ASSERT_TRUE(output) << row.value;
    EXPECT_EQ(output->shadow.url, row.url) << row.why;
    EXPECT_EQ(output->shadow.name, row.name) << row.why;
    EXPECT_EQ(output->shadow.authority, row.authority) << row.why;
    EXPECT_EQ(output->shadow.address.text(), row.name) << row.why;
    EXPECT_EQ(output->prefix, row.prefix) << row.why;
    EXPECT_EQ(output->shadow.authorization, row.authorization) << row.why;
    EXPECT_EQ(output->shadow.tls.has_value(), row.url.starts_with("https")) << row.why;
    EXPECT_FALSE(output->limit) << row.why;
    if (output->shadow.tls) {
      EXPECT_EQ(output->shadow.tls->server_name, output->shadow.address.host);
      EXPECT_FALSE(output->shadow.tls->insecure);
    }
  }
}

TEST(GorOutput, BadOnes) {
  struct Row {
    std::string value;
    std::string problem;
  };
  const std::string url = "a URL such as https://host, or host:port, is expected";
  const std::string query = "a URL without query is expected (--http-set-param sets parameters)";
  const std::string host = "a host name or an IP address before the port is expected";
  const std::string port = "a port from 1 to 65535 is expected";
  const std::string limit = "a limit such as |10% or |10 (copies per second) is expected";
  const std::string percent = "behind the |, a percentage such as 10% or 2.5% is expected";
  for (const Row& row : {
           Row{"", url},
           Row{"http://", url},
           Row{"|10%", url},
           Row{"ftp://h", url},
           Row{"unix:/x", "HOST or HOST:PORT is expected"},
           Row{"http:///p", url},
           Row{"http://u:p@", url},
           Row{"http://h?a=b", query},
           Row{"http://h/p?a", query},
           Row{"http://h#x", query},
           Row{"http://h:0", port},
           Row{"http://h:x", port},
           Row{"http://a b", host},
           Row{"http://-h", host},
           Row{"http://u:p|w@h", port},
           Row{"http://h/a b", "a path of printable ASCII is expected; other bytes as %XX"},
           Row{"http://u%4:p@h", "two hexadecimal digits behind each % of user and password are expected"},
           Row{"http://u%zz@h", "two hexadecimal digits behind each % of user and password are expected"},
           Row{"http://[::1", "[IPV6]:PORT is expected"},
           Row{"h|abc", limit},
           Row{"h|-5", limit},
           Row{"h|10.5", limit},
           Row{"h|%", percent},
           Row{"h|-5%", percent},
           Row{"h|x%", percent},
       }) {
    std::string problem;
    EXPECT_FALSE(output_of(row.value, &problem)) << row.value;
    EXPECT_EQ(problem, row.problem) << row.value;
  }
}

// What the limit comes to: "N%", "N/s" or nothing.
std::string limit_of(const std::string& value) {
  const auto output = output_of(value);
  if (!output) return "error";
  EXPECT_EQ(output->shadow.url, "http://www.example.com") << value;
  if (!output->limit) return "";
  if (const auto* sample = std::get_if<rules::Sample>(&*output->limit)) {
    EXPECT_EQ(sample->by, rules::Sample::By::draw);
    return std::to_string(sample->percent);
  }
  const auto& rate = std::get<rules::Rate>(*output->limit);
  EXPECT_TRUE(rate.window);
  EXPECT_EQ(rate.burst, rate.per_second);
  return std::to_string(static_cast<int>(rate.per_second)) + "/s";
}

TEST(GorOutput, Limits) {
  struct Row {
    std::string limit;
    std::string outcome;
    const char* why;
  };
  for (const Row& row : {
           Row{"|10", "10/s", "copies per second"},
           Row{"|10%", "1000", "a share"},
           Row{"|010%", "1000", "as Go's Atoi reads it"},
           Row{"| 10% ", "1000", "gor dropped everything for the blank"},
           Row{" |10%", "1000", "a blank before it"},
           Row{"|10.5%", "1050", "gor dropped everything for the point"},
           Row{"|0.01%", "1", "the least"},
           Row{"|0%", "0", "nothing"},
           Row{"|0", "0", "nothing"},
           Row{"|100%", "", "all"},
           Row{"|150%", "", "all"},
           Row{"|", "", "none"},
           Row{"|10|20", "10/s", "only the first holds"},
       }) {
    EXPECT_EQ(limit_of("www.example.com" + row.limit), row.outcome) << row.limit << ": " << row.why;
  }
  std::string problem;
  EXPECT_TRUE(output_of("h|10|20", &problem));
  EXPECT_EQ(problem, "only the first limit holds");
}

}  // namespace
}  // namespace umbra::config
