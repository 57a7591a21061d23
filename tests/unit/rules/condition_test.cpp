// Conditions and lists of them.
#include "umbra/rules/condition.h"

#include <gtest/gtest.h>

#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

using Missing = HeaderPart::Missing;

struct Row {
  const char* why;
  Condition condition;
  std::string head;
  bool matches;
  std::string client = "192.0.2.7";
};

bool matches(const Condition& condition, const std::string& head, const std::string& client = "192.0.2.7") {
  RulesRun run({Choose{{condition}, {}}});
  Exchange exchange;
  exchange.client = client;
  const Verdict verdict = run.verdict(head, exchange);
  EXPECT_FALSE(run.draft().changed());
  return verdict.outcome == Outcome::copy;
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(matches(row.condition, row.head, row.client), row.matches) << row.why << "\n" << row.head;
  }
}

const std::string kGet = request("/a/b?x=1&y=2", "User-Agent: curl\r\n");

TEST(Condition, PartsOfTheRequestLine) {
  check({
      {"no part: every request", {}, kGet, true},
      {"method", {.methods = {"POST", "GET"}}, kGet, true},
      {"method, exactly", {.methods = {"get"}}, kGet, false},
      {"path, without the query", {.path = "b$"}, kGet, true},
      {"path", {.path = "x=1"}, kGet, false},
      {"query", {.query = "^x=1&y=2$"}, kGet, true},
      {"query, without its mark", {.query = "\\?"}, kGet, false},
      {"no query is an empty one", {.query = "^$"}, request("/a"), true},
      {"an empty query is one too", {.query = "^$"}, request("/a?"), true},
      {"target", {.target = "^/a/b\\?x=1"}, kGet, true},
      {"target as received", {.target = "^/%61"}, request("/%61"), true},
      {"absolute-form as it is", {.target = "^http://w"}, request("http://w/a"), true},
      {"url", {.url = "^www.w3.org/a/b\\?x"}, kGet, true},
      {"url begins with the host", {.url = "^/a"}, kGet, false},
      {"host", {.host = "^www\\.w3\\.org$"}, kGet, true},
      {"no Host is an empty one", {.host = "^$"}, "GET / HTTP/1.0\r\n\r\n", true},
      {"all parts must match", {.methods = {"GET"}, .path = "^/a", .query = "z"}, kGet, false},
  });
}

TEST(Condition, Headers) {
  const std::string two = request("/", "X-D: 1\r\nx-d: 2\r\nX-E:\r\n");
  check({
      {"in any case", {.headers = {{.name = "user-AGENT", .pattern = "^curl$"}}}, kGet, true},
      {"the whole name", {.headers = {{.name = "User", .pattern = ""}}}, kGet, false},
      {"missing", {.headers = {{.name = "X-None", .pattern = ".*"}}}, kGet, false},
      {"missing as empty",
       {.headers = {{.name = "X", .pattern = ".*", .missing = Missing::as_empty}}},
       kGet,
       true},
      {"as empty",
       {.headers = {{.name = "X", .pattern = "^.+$", .missing = Missing::as_empty}}},
       kGet,
       false},
      {"the second line", {.headers = {{.name = "X-D", .pattern = "2"}}}, two, true},
      {"the first only", {.headers = {{.name = "X-D", .pattern = "2", .first_line_only = true}}}, two, false},
      {"the first", {.headers = {{.name = "X-D", .pattern = "1", .first_line_only = true}}}, two, true},
      {"empty", {.headers = {{.name = "X-E", .pattern = "^$"}}}, two, true},
      {"empty is missing",
       {.headers = {{.name = "X-E", .pattern = "^$", .empty_is_missing = true}}},
       two,
       false},
      {"all of them",
       {.headers = {{.name = "X-D", .pattern = "1"}, {.name = "X-D", .pattern = "2"}}},
       two,
       true},
      {"all of them, one is not",
       {.headers = {{.name = "X-D", .pattern = "1"}, {.name = "X-D", .pattern = "3"}}},
       two,
       false},
  });
}

TEST(Condition, BasicAuth) {
  const auto with = [](const std::string& value) { return request("/", "Authorization: " + value + "\r\n"); };
  const Condition customer{.basic_auth = "^customer[0-9].*"};
  const Condition cartoon{.basic_auth = "^(homer simpson|mickey mouse).*"};
  check({
      {"T7", customer, with("Basic Y3VzdG9tZXIzOndlbGNvbWU="), true},
      {"T8: one = too many", customer, with("Basic Y3VzdG9tZXI2OnJlc3RAMTIzXlRFU1Q=="), true},
      {"T9", cartoon, with("Basic Y3VzdG9tZXI2OnJlc3RAMTIzXlRFU1Q=="), false},
      {"T10", cartoon, with("Basic bWlja2V5IG1vdXNlOmhhcHB5MTIz"), true},
      {"the whole text",
       {.basic_auth = "^mickey mouse:happy123$"},
       with("Basic bWlja2V5IG1vdXNlOmhhcHB5MTIz"),
       true},
      {"none", customer, request("/"), true},
      {"another scheme", customer, with("Bearer Y3VzdG9tZXIzOndlbGNvbWU="), true},
      {"in lower case it is another", customer, with("basic eA=="), true},
      {"as far as it can be decoded", {.basic_auth = "^cus$"}, with("Basic Y3Vz!Y3Vz"), true},
      {"not at all", customer, with("Basic !"), false},
  });
}

TEST(Condition, Clients) {
  const Condition inside{.clients = {"10.0.0.0/8", "2001:db8::/32"}};
  check({
      {"IPv4", inside, kGet, true, "10.1.2.3"},
      {"mapped", inside, kGet, true, "::ffff:10.1.2.3"},
      {"IPv6", inside, kGet, true, "2001:db8::1"},
      {"another", inside, kGet, false, "192.0.2.1"},
      {"a unix socket has none", inside, kGet, false, ""},
      {"but needs none where none is asked for", {}, kGet, true, ""},
  });
}

TEST(Condition, Lists) {
  const Condition a{.path = "^/a"};
  const Condition b{.path = "^/b"};
  const Condition secret{.path = "secret"};
  const Condition admin{.path = "admin"};
  struct ListRow {
    Choose choose;
    const char* target;
    Outcome outcome;
    unsigned condition;
  };
  for (const ListRow& row : {
           ListRow{{}, "/", Outcome::copy, 0},
           ListRow{{{a, b}, {}}, "/b", Outcome::copy, 0},
           ListRow{{{a, b}, {}}, "/c", Outcome::filtered, 0},
           ListRow{{{}, {secret}}, "/c", Outcome::copy, 0},
           ListRow{{{}, {admin, secret}}, "/secret", Outcome::filtered, 2},
           ListRow{{{a}, {secret}}, "/a/secret", Outcome::filtered, 1},
           ListRow{{{a}, {secret}}, "/x/secret", Outcome::filtered, 1},
       }) {
    RulesRun run({row.choose});
    const Verdict verdict = run.verdict(request(row.target));
    EXPECT_EQ(verdict.outcome, row.outcome) << row.target;
    EXPECT_EQ(verdict.condition, row.condition) << row.target;
  }
}

TEST(Condition, SeesWhatEarlierStepsEdited) {
  RulesRun run({SetHeader{.name = "User-Agent", .value = "Gor"}, RewriteTarget{{{"^/a", "/z"}}, false},
                Choose{{{.path = "^/z", .headers = {{.name = "User-Agent", .pattern = "Gor"}}}}, {}}});
  EXPECT_EQ(run.run(kGet), Outcome::copy);
}

}  // namespace
}  // namespace umbra::rules
