// One request, several shadows: what each gets, whoever was asked before.
#include "umbra/mirror/preparation.h"

#include <gtest/gtest.h>

#include <string>

#include "umbra/mirror/compile.h"

namespace umbra::mirror {

void PrintTo(Preparation::Fate fate, std::ostream* out) { *out << static_cast<int>(fate); }

namespace {

using Fate = Preparation::Fate;
using relay::RequestKind;

constexpr std::string_view kHost = "Host: shadow:1\r\n";
constexpr std::string_view kMarker = "Umbra-Copy: next\r\n";
constexpr std::string_view kRequest =
    "POST /a HTTP/1.1\r\nHost: app\r\nX-A: 1\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n";

std::string manifold_options() {
  std::string names = "a0";
  for (size_t i = 1; i <= CopyHead::kHopOptionsMax; ++i) names += ",a" + std::to_string(i);
  return "GET / HTTP/1.1\r\nHost: app\r\nConnection: " + names + "\r\n\r\n";
}

ShadowRules rules_with(std::vector<rules::Step> steps, rules::Host host = {}) {
  ShadowOptions shadow;
  shadow.rules.steps = std::move(steps);
  shadow.rules.host = host;
  EXPECT_TRUE(compile_rules(shadow));
  return rules_of(shadow, 1, 0);
}

rules::Step set(const char* name, const char* value) { return rules::SetHeader{name, value, false, false}; }

class PreparationTest : public testing::Test {
 protected:
  Drop begin(std::string_view request, RequestKind kind) {
    Opaque reason = Opaque::none;
    raw_ = request;
    EXPECT_EQ(head_.parse(http::Side::request, raw_, reason), http::Head::Verdict::complete) << request;
    return preparation_.begin(head_, kind);
  }
  Drop begin(std::string_view request) { return begin(request, RequestKind::ordinary); }

  Preparation::Prepared prepare(const ShadowRules& rules, uint64_t draw = 0) {
    return preparation_.prepare(rules, {"192.0.2.1", draw, 0});
  }
  std::string copy(const ShadowRules& rules) {
    const auto prepared = prepare(rules);
    EXPECT_EQ(prepared.fate, Fate::copy);
    return prepared.head == nullptr ? "" : text(*prepared.head);
  }
  static std::string text(const CopyHead& head) {
    const std::string_view host = head.takes_host_line() ? kHost : "";
    Chunk chunk = Chunk::with_room(head.size(host, kMarker));
    head.write(chunk, host, kMarker);
    return std::string(chunk.view());
  }

  std::string raw_;
  http::Head head_;
  Preparation preparation_;
  const ShadowRules plain_ = rules_with({});
};

TEST_F(PreparationTest, WhatNoShadowGets) {
  struct Row {
    std::string request;
    RequestKind kind;
    Drop why;
  };
  const std::string upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: ";
  for (const Row& row : {
           Row{std::string(kRequest), RequestKind::ordinary, Drop::count},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nUMBRA-COPY: x\r\n\r\n", RequestKind::ordinary, Drop::loop},
           Row{"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", RequestKind::connect, Drop::connect},
           Row{upgrade + "websocket\r\n\r\n", RequestKind::upgrade, Drop::upgrade},
           Row{upgrade + "H2C\r\n\r\n", RequestKind::upgrade, Drop::count},
           Row{upgrade + "h2c, websocket\r\n\r\n", RequestKind::upgrade, Drop::upgrade},
           Row{upgrade + "h2c\r\nUpgrade: websocket\r\n\r\n", RequestKind::upgrade, Drop::upgrade},
       }) {
    EXPECT_EQ(begin(row.request, row.kind), row.why) << row.request;
  }
}

TEST_F(PreparationTest, ShadowsThatEditNothingShareAHead) {
  const ShadowRules all = rules_with({rules::Choose{}});
  const ShadowRules edits = rules_with({set("X-A", "2")});
  begin(kRequest);
  const CopyHead* shared = prepare(plain_).head;
  EXPECT_NE(prepare(edits).head, shared);
  EXPECT_EQ(prepare(all).head, shared);
  EXPECT_EQ(text(*shared),
            "POST /a HTTP/1.1\r\nHost: shadow:1\r\nX-A: 1\r\nContent-Length: 2\r\n"
            "Content-Encoding: gzip\r\nUmbra-Copy: next\r\n\r\n");
}

TEST_F(PreparationTest, NoShadowSeesTheEditsOfAnother) {
  const ShadowRules one = rules_with({set("X-A", "2")});
  const ShadowRules other = rules_with({set("X-B", "3")});
  begin("GET /a HTTP/1.1\r\nHost: app\r\nX-A: 1\r\n\r\n");
  const std::string start = "GET /a HTTP/1.1\r\nHost: shadow:1\r\n";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(copy(one), start + "X-A: 2\r\nUmbra-Copy: next\r\n\r\n");
    EXPECT_EQ(copy(other), start + "X-A: 1\r\nX-B: 3\r\nUmbra-Copy: next\r\n\r\n");
    EXPECT_EQ(copy(plain_), start + "X-A: 1\r\nUmbra-Copy: next\r\n\r\n");
  }
  begin("GET /b HTTP/1.1\r\nHost: app\r\n\r\n");
  EXPECT_EQ(copy(plain_), "GET /b HTTP/1.1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n") << "the next one";
}

TEST_F(PreparationTest, WhatARuleSpoilsIsOneShadowsLoss) {
  const ShadowRules spoils = rules_with({rules::RewriteTarget{{{".*", ""}}, false}});
  begin(kRequest);
  const auto prepared = prepare(spoils);
  EXPECT_EQ(prepared.fate, Fate::dropped);
  EXPECT_EQ(prepared.drop, Drop::rule_error);
  EXPECT_EQ(prepared.verdict.step, 0);
  EXPECT_NE(copy(plain_), "");
  EXPECT_FALSE(preparation_.draft().spoiled());
}

TEST_F(PreparationTest, HostIsTheShadowsOrTheClients) {
  const ShadowRules preserve = rules_with({}, {rules::Host::Mode::preserve, ""});
  const ShadowRules named = rules_with({}, {rules::Host::Mode::name, "x"});
  begin("GET / HTTP/1.1\r\nHost: app\r\n\r\n");
  EXPECT_EQ(copy(preserve), "GET / HTTP/1.1\r\nHost: app\r\nUmbra-Copy: next\r\n\r\n");
  EXPECT_EQ(copy(named), "GET / HTTP/1.1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n");
  begin("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(prepare(preserve).head->takes_host_line()) << "HTTP/1.1 must have one";
}

TEST_F(PreparationTest, VerdictsBecomeFates) {
  rules::Choose none;
  none.allow.emplace_back().path = "^/none";
  rules::Sample half;
  half.percent = rules::kAll / 2;
  const ShadowRules filters = rules_with({none});
  const ShadowRules samples = rules_with({half});
  const ShadowRules limits = rules_with({rules::Rate{1, 1, false}});
  begin(kRequest);
  EXPECT_EQ(prepare(filters).fate, Fate::filtered);
  EXPECT_EQ(prepare(samples, 0).fate, Fate::copy);
  EXPECT_EQ(prepare(samples, ~uint64_t{0}).fate, Fate::sampled_out);
  EXPECT_EQ(prepare(limits).fate, Fate::copy);
  const auto second = prepare(limits);
  EXPECT_EQ(second.fate, Fate::dropped);
  EXPECT_EQ(second.drop, Drop::rate_limited);

  constexpr rules::BasisPoints nothing = 0;
  EXPECT_EQ(preparation_.prepare(samples, {"", 0, 0}, &nothing).fate, Fate::sampled_out)
      << "a person's percentage";
}

// Two shadows of one collector, or two workers, must not claim the same trace.
TEST_F(PreparationTest, NoTwoMakeTheSameTraceIds) {
  ShadowOptions shadow;
  shadow.rules.steps = {rules::Trace{rules::Trace::Mode::restart}};
  ASSERT_TRUE(compile_rules(shadow));
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
  begin("GET / HTTP/1.1\r\nHost: app\r\ntraceparent: " + parent + "\r\n");
  const std::string one = copy(rules_of(shadow, 2, 0));
  EXPECT_NE(one.find("Umbra-Trace-Parent: " + parent), std::string::npos) << one;
  EXPECT_NE(copy(rules_of(shadow, 2, 0)), one);
}

TEST_F(PreparationTest, TooManyHopOptions) {
  begin(manifold_options());
  for (const ShadowRules& rules : {rules_with({}), rules_with({set("X-A", "2")})}) {
    for (int round = 0; round < 2; ++round) {
      const auto prepared = prepare(rules);
      EXPECT_EQ(prepared.fate, Fate::dropped);
      EXPECT_EQ(prepared.drop, Drop::hop_options);
    }
  }
}

TEST_F(PreparationTest, AHeadForABodyThatIsFramedAnew) {
  const ShadowRules edits = rules_with({set("X-A", "2")});
  for (const ShadowRules* rules : {&plain_, &edits}) {
    begin(
        "POST /a HTTP/1.1\r\nHost: app\r\nTrailer: X\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n"
        "Content-Encoding: gzip\r\n\r\n");
    prepare(*rules);
    EXPECT_EQ(text(preparation_.unframed(*rules)),
              std::string("POST /a HTTP/1.1\r\nHost: shadow:1\r\nX-A: ") + (rules == &plain_ ? "1" : "2") +
                  "\r\nUmbra-Copy: next\r\n\r\n");
  }
}

TEST_F(PreparationTest, HowMuchIsGatheredToBeMasked) {
  ShadowOptions shadow;
  EXPECT_EQ(masked_body_max(shadow), rules::kMaskedBodyMax);
  shadow.rules.body.max = 7;
  EXPECT_EQ(masked_body_max(shadow), 7U);
}

}  // namespace
}  // namespace umbra::mirror
