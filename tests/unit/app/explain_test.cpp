// What `umbra explain` prints.
#include "umbra/app/explain.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "umbra/app/explain_command.h"
#include "umbra/mirror/compile.h"

namespace umbra::app {
namespace {

constexpr const char* kRequest = "GET /a HTTP/1.1\r\nHost: app\r\nX-A: 1\r\n\r\n";

mirror::ShadowOptions shadow(const std::string& name, std::vector<rules::Step> steps = {}) {
  mirror::ShadowOptions made;
  made.name = name;
  made.url = "http://" + name + ":1";
  made.authority = name + ":1";
  made.rules.steps = std::move(steps);
  EXPECT_TRUE(mirror::compile_rules(made));
  return made;
}

rules::Step only_below(const char* path) {
  rules::Choose choose;
  choose.allow.emplace_back().path = path;
  return choose;
}

// One that copies, one whose rules say no, one that samples it out and one that is paused.
std::vector<mirror::ShadowOptions> shadows() {
  rules::Sample none;
  none.percent = 0;
  std::vector<mirror::ShadowOptions> all{shadow("next"), shadow("api", {only_below("^/api")}),
                                         shadow("few", {none}), shadow("off")};
  all.back().paused = true;
  return all;
}

std::string text(const std::vector<mirror::ShadowOptions>& all, const std::string& raw,
                 const ExplainFlags& flags = {}) {
  const auto explained = explain(all, raw, flags);
  return explained ? *explained : "error: " + explained.error().detail;
}

TEST(ExplainText, SaysForEachShadowWhatAndWhy) {
  EXPECT_EQ(text(shadows(), kRequest),
            "next (http://next:1): copied\n"
            "  no rules\n"
            "api (http://api:1): filtered\n"
            "  no condition of allow matched\n"
            "few (http://few:1): sampled_out\n"
            "  outside the 0 % sample\n"
            "off (http://off:1): dropped (paused)\n"
            "  the shadow is paused\n");
  EXPECT_EQ(text({}, kRequest), "there are no shadows\n");
}

TEST(ExplainText, OneShadowWithItsCopy) {
  EXPECT_EQ(text(shadows(), kRequest, {.shadow = "next", .bytes = true}),
            "next (http://next:1): copied\n"
            "  no rules\n"
            "  59 bytes:\n"
            "GET /a HTTP/1.1\r\nHost: next:1\r\nX-A: 1\r\nUmbra-Copy: next\r\n\r\n\n");
  EXPECT_EQ(text(shadows(), kRequest, {.shadow = "api", .bytes = true}),
            "api (http://api:1): filtered\n"
            "  no condition of allow matched\n");
  EXPECT_EQ(text(shadows(), kRequest, {.shadow = "nxt"}),
            "error: --shadow 'nxt': the name of a shadow is expected");
}

TEST(ExplainText, TheClientCounts) {
  rules::Choose own;
  own.deny.emplace_back().clients = {"10.0.0.0/8"};
  const std::vector<mirror::ShadowOptions> all{shadow("next", {own})};
  EXPECT_NE(text(all, kRequest, {.client = "10.1.2.3"}).find("filtered\n"), std::string::npos);
  EXPECT_NE(text(all, kRequest).find("copied\n"), std::string::npos);
}

TEST(ExplainText, ChanceAndRatesAreSaidBeside) {
  rules::Sample few;
  few.percent = 25;
  EXPECT_EQ(text({shadow("next", {few, rules::Rate{5, 5, false}})}, kRequest),
            "next (http://next:1): copied\n"
            "  no rule holds it back; 0.25 % of such requests, by chance; at most 5 a second\n");
}

TEST(ExplainText, ATcpShadowGetsTheBytes) {
  auto raw = shadow("raw");
  raw.raw = true;
  EXPECT_EQ(text({raw}, kRequest, {.bytes = true}),
            "raw (http://raw:1): copied\n"
            "  a tcp shadow gets every byte of the connection\n"
            "  38 bytes:\n" +
                std::string(kRequest) + "\n");
}

// Typed by a person, or printed by a shell.
TEST(ExplainText, LinesThatEndWithLfAlone) {
  struct Row {
    const char* raw;
    const char* copy;
    bool noted;
  };
  const char* body =
      "POST /a HTTP/1.1\r\nHost: next:1\r\nContent-Length: 4\r\nUmbra-Copy: next\r\n\r\na\n\nb";
  const char* plain = "GET /a HTTP/1.1\r\nHost: next:1\r\nUmbra-Copy: next\r\n\r\n";
  for (const Row& row : {
           Row{"GET /a HTTP/1.1\nHost: app\n\n", plain, true},
           Row{"GET /a HTTP/1.1\nHost: app\n", plain, true},
           Row{"POST /a HTTP/1.1\nHost: app\nContent-Length: 4\n\na\n\nb", body, true},
           Row{"POST /a HTTP/1.1\r\nHost: app\r\nContent-Length: 4\r\n\r\na\n\nb", body, false},
       }) {
    const std::string said = text({shadow("next")}, row.raw, {.bytes = true});
    EXPECT_NE(said.find(row.copy), std::string::npos) << said;
    EXPECT_EQ(said.starts_with("note: the head's lines end with LF; they are read as CR LF\n"), row.noted)
        << said;
  }
}

TEST(ExplainText, WhatIsBehindTheRequestIsNoted) {
  const std::string said = text({shadow("next")}, std::string(kRequest) + "GET /b");
  EXPECT_TRUE(said.starts_with("note: 6 bytes behind the request are not looked at\n")) << said;
}

TEST(ExplainText, WhatIsNoRequest) {
  struct Row {
    const char* raw;
    const char* error;
  };
  for (const Row& row : {
           Row{"", "the head does not end: an empty line is expected behind it"},
           Row{"GET / HTTP/1.1\r\nHost: a\r\n", "the head does not end: an empty line is expected behind it"},
           Row{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
               "the body is shorter than its framing says"},
           Row{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
               "the body is shorter than its framing says"},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
               "no request that umbra would copy (bad_host): its connection would be relayed on without "
               "being followed"},
           Row{"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
               "no request that umbra would copy (bare_line_end): its connection would be relayed on without "
               "being followed"},
       }) {
    EXPECT_EQ(text(shadows(), row.raw), std::string("error: ") + row.error);
  }
}

TEST(ExplainJson, SaysTheSame) {
  const auto all = nlohmann::json::parse(text(shadows(), kRequest, {.bytes = true, .json = true}));
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0]["shadow"], "next");
  EXPECT_EQ(all[0]["url"], "http://next:1");
  EXPECT_EQ(all[0]["outcome"], "copied");
  EXPECT_EQ(all[0]["why"], "no rules");
  EXPECT_FALSE(all[0].contains("reason"));
  EXPECT_TRUE(all[0]["bytes_hex"].get<std::string>().starts_with("474554202f61"));
  EXPECT_TRUE(all[0]["bytes_hex"].get<std::string>().ends_with("0d0a0d0a"));
  EXPECT_EQ(all[1]["outcome"], "filtered");
  EXPECT_FALSE(all[1].contains("bytes_hex"));
  EXPECT_EQ(all[2]["outcome"], "sampled_out");
  EXPECT_EQ(all[3]["outcome"], "dropped");
  EXPECT_EQ(all[3]["reason"], "paused");
  EXPECT_EQ(text({}, kRequest, {.json = true}), "[]\n");
}

TEST(ExplainArguments, TakesItsOwnAndTheProxys) {
  const auto parsed =
      parse_explain_arguments({"--shadow", "next", "--request=r.txt", "--bytes", "--json", "--client", "::1",
                               "--workers", "2", "--shadow", "other=http://b", "--app", "a:1"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->what.shadow, "next");
  EXPECT_EQ(parsed->what.request, "r.txt");
  EXPECT_EQ(parsed->what.client, "::1");
  EXPECT_TRUE(parsed->what.bytes);
  EXPECT_TRUE(parsed->what.json);
  using Values = std::vector<std::string>;
  EXPECT_EQ(parsed->flags.given.at("shadow"), Values{"other=http://b"});
  EXPECT_EQ(parsed->flags.given.at("app"), Values{"a:1"});
  EXPECT_EQ(parsed->flags.given.at("listen"), Values{"127.0.0.1:0"}) << "one request needs no listener";
}

TEST(ExplainArguments, AreRefused) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--shadow", "a", "--shadow", "b"}, {"--request"}, {"--request=a", "--request=b"}, {"--byte"}}) {
    EXPECT_FALSE(parse_explain_arguments(arguments)) << arguments.front();
  }
}

}  // namespace
}  // namespace umbra::app
