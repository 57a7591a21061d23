// Whole programs: the order of steps, verdicts and their words, and what a request that is not edited costs.
#include "umbra/rules/program.h"

#include <gtest/gtest.h>

#include <chrono>

#include "rules/allocations.h"
#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

TEST(Program, WithoutRulesCopies) {
  RulesRun run({});
  const Verdict verdict = run.verdict(request("/"));
  EXPECT_EQ(verdict.outcome, Outcome::copy);
  EXPECT_EQ(verdict.step, 0);
  EXPECT_FALSE(run.draft().changed());
  EXPECT_EQ(run.program().describe(verdict), "no rule holds it back");
}

TEST(Program, StepsRunInOrderAndTheFirstThatEndsIsTheLast) {
  RulesRun run({SetHeader{.name = "A", .value = "1"},
                Choose{{}, {{.headers = {{.name = "A", .pattern = "1"}}}}},
                SetHeader{.name = "B", .value = "1"}});
  const Verdict verdict = run.verdict(request("/"));
  EXPECT_EQ(verdict.outcome, Outcome::filtered);
  EXPECT_EQ(verdict.step, 1);
  EXPECT_EQ(run.draft().header("B").data(), nullptr);
}

TEST(Program, ASpoiledDraftEndsTheRunAtItsStep) {
  RulesRun run({SetHeader{.name = "A", .value = "1"}, RewriteTarget{{{"a", "\n"}}, false},
                Choose{{}, {{.path = "."}}}});
  const Verdict verdict = run.verdict(request("/a"));
  EXPECT_EQ(verdict.outcome, Outcome::rule_error);
  EXPECT_EQ(verdict.step, 1);
  EXPECT_EQ(run.run(request("/b")), Outcome::filtered) << "nothing is left of it for the next exchange";
}

TEST(Program, CopiedBehindTheLastStep) {
  RulesRun run({SetHeader{.name = "A", .value = "1"}, Sample{}});
  EXPECT_EQ(run.verdict(request("/")).step, 2);
}

TEST(Program, VerdictsInWords) {
  struct Row {
    Step step;
    const char* words;
  };
  const Condition denied{.methods = {"GET", "HEAD"},
                         .path = "^/",
                         .query = "",
                         .target = "/",
                         .url = "w3",
                         .host = "www",
                         .headers = {{.name = "Host", .pattern = "w"}},
                         .basic_auth = "^a",
                         .clients = {"10.0.0.0/8"}};
  Exchange exchange;
  exchange.draw = UINT64_MAX;
  exchange.client = "10.0.0.1";
  for (const Row& row : {
           Row{Choose{{{.path = "^/x"}}, {}}, "no condition of allow matched"},
           Row{Choose{{}, {{.path = "^/x"}, {.path = "^/admin"}}}, "deny[1] matched: path ^/admin"},
           Row{Choose{{}, {{}}}, "deny[0] matched: every request"},
           Row{Choose{{}, {denied}},
               "deny[0] matched: method GET or HEAD, path ^/, query , target /, url w3, host www, basic_auth "
               "^a, "
               "header Host: w, client 10.0.0.0/8"},
           Row{Sample{.percent = 250, .by = Sample::By::header, .name = "X-User"},
               "outside the 2.5 % sample by header X-User"},
           Row{Sample{.percent = 1}, "outside the 0.01 % sample"},
           Row{Sample{.percent = 2500, .ramp = kSecond, .ramp_from = 100}, "outside the 1 % to 25 % sample"},
           Row{Sample{.percent = 0, .by = Sample::By::cookie, .name = "s"},
               "outside the 0 % sample by cookie s"},
           Row{Sample{.percent = 0, .by = Sample::By::query, .name = "q"},
               "outside the 0 % sample by query parameter q"},
           Row{Sample{.percent = 0, .by = Sample::By::client}, "outside the 0 % sample by client"},
           Row{Rate{.per_second = 0}, "over the rate of 0 per second"},
           Row{Turn{1, 3}, "not this shadow's turn: 2 of 3"},
           Row{RewriteTarget{{{"/", "\n"}}, false},
               "rewriting the target would have written what must not stand in a request, or too much of it"},
           Row{RewriteHeader{"Host", "w", "\n", false},
               "rewriting header Host would have written what must not stand in a request, or too much of "
               "it"},
       }) {
    RulesRun run({row.step});
    const Verdict verdict = run.verdict(request("/admin"), exchange);
    EXPECT_NE(verdict.outcome, Outcome::copy) << row.words;
    EXPECT_EQ(run.program().describe(verdict), row.words);
  }
}

TEST(Program, SaysWhatIsWrong) {
  struct Row {
    Step step;
    const char* detail;
  };
  for (const Row& row : {
           Row{Choose{{}, {{.path = "^/a"}, {.path = "("}}}, "deny[1]: path, pattern '(': missing )"},
           Row{Choose{{{.headers = {{.name = "X-A", .pattern = "("}}}}, {}},
               "allow[0]: header 'X-A', pattern '(': missing )"},
           Row{Choose{{{.headers = {{.name = "X A", .pattern = ""}}}}, {}},
               "allow[0]: header 'X A': the name of a header is expected"},
           Row{Choose{{{.clients = {"10"}}}, {}},
               "allow[0]: client '10': an address or a block such as 10.0.0.0/8 or 2001:db8::/32 is "
               "expected"},
           Row{Sample{.percent = kAll + 1}, "sample: 100 % is the most"},
           Row{Sample{.ramp = 1, .ramp_from = kAll + 1}, "sample: 100 % is the most"},
           Row{Sample{.by = Sample::By::header}, "sample by header '': the name of a header is expected"},
           Row{Sample{.by = Sample::By::cookie}, "sample by cookie or query parameter: its name is expected"},
           Row{Rate{.per_second = -1}, "rate: a number of copies per second is expected"},
           Row{Rate{.per_second = 1, .burst = 0}, "rate: a burst of at least 1 is expected"},
           Row{Turn{2, 2}, "turn 2 of 2: there is no such"},
           Row{Turn{0, 0}, "turn 0 of 0: there is no such"},
       }) {
    Options options;
    options.steps = {row.step};
    const auto program = Program::compile(options);
    ASSERT_FALSE(program) << row.detail;
    EXPECT_EQ(program.error().code, Errc::bad_config);
    EXPECT_EQ(program.error().detail, row.detail);
  }
}

// Every kind of step, none of which edits the request below.
std::vector<Step> idle_steps() {
  const Condition denied{.methods = {"GET"},
                         .path = "^/secret(/|$)",
                         .query = "a.*b$",
                         .target = "zzz",
                         .url = "^other",
                         .host = "\\.internal$",
                         .headers = {{.name = "X-None", .pattern = "(a|b)*c"}},
                         .basic_auth = "^root:",
                         .clients = {"10.0.0.0/8"}};
  std::vector<Step> steps;
  // Each part is asked: one condition a part.
  steps.emplace_back(Choose{{{.methods = {"GET"}, .path = "^/"}},
                            {{.path = denied.path},
                             {.query = denied.query},
                             {.target = denied.target},
                             {.url = denied.url},
                             {.host = denied.host},
                             {.headers = denied.headers},
                             {.basic_auth = denied.basic_auth},
                             {.clients = denied.clients}}});
  for (const Sample::By by :
       {Sample::By::draw, Sample::By::header, Sample::By::cookie, Sample::By::query, Sample::By::client}) {
    steps.emplace_back(Sample{.percent = kAll, .by = by, .name = "user"});
  }
  steps.emplace_back(Rate{.per_second = 1e9, .burst = 1e9});
  steps.emplace_back(Turn{0, 1});
  steps.emplace_back(SetHeader{.name = "user", .value = "u1"});
  steps.emplace_back(RemoveHeader{"X-None"});
  steps.emplace_back(RewriteHeader{"user", "^(x+)(y*)z$", "$1", false});
  steps.emplace_back(RewriteTarget{{{"^/old/(.*)/(.*)x", "/new/$1$2"}}, false});
  steps.emplace_back(RemoveQuery{"none"});
  steps.emplace_back(MaskHead{.headers = {"X-None"}, .cookies = {"none"}, .query = {"none"}, .with = {}});
  steps.emplace_back(Trace{Trace::Mode::child});
  return steps;
}

TEST(Program, ARequestThatNoStepEditsAllocatesNothing) {
  Options options;
  options.steps = idle_steps();
  const auto program = Program::compile(options);
  ASSERT_TRUE(program);
  const ProgramStatePtr state = (*program)->state(1, 0);
  const std::string bytes = request("/a/long/enough/path/to/be/none/of/the/short/ones?user=1&b=2",
                                    "user: u1\r\nCookie: a=1; user=2\r\n"
                                    "Authorization: Basic Y3VzdG9tZXIzOndlbGNvbWUtYmFjay1vbmNlLW1vcmU=\r\n");
  http::Head head;
  Draft draft;
  Exchange exchange;
  exchange.client = "192.0.2.1";
  const auto run = [&] {
    Opaque reason = Opaque::none;
    head.parse(http::Side::request, bytes, reason);
    draft.begin(head);
    return (*program)->run(draft, exchange, *state);
  };
  ASSERT_EQ(run().outcome, Outcome::copy);  // the automata have met these texts, the scratch has its size
  const size_t before = allocations();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(run().outcome, Outcome::copy);
  EXPECT_EQ(allocations(), before);
  EXPECT_FALSE(draft.changed());
}

TEST(Program, ManyFieldsAndManyConditionsAreReadOnceEach) {
  std::string fields;
  for (int i = 0; i < 990; ++i) fields += "X-" + std::to_string(i) + ": " + std::string(50, 'a') + "\r\n";
  std::vector<Condition> conditions;
  for (int i = 0; i < 100; ++i) {
    conditions.push_back({.headers = {{.name = "X-" + std::to_string(i), .pattern = "(a*)*b"}}});
  }
  MaskHead mask;
  for (int i = 0; i < 100; ++i) mask.headers.push_back("X-" + std::to_string(i));
  RulesRun run({Choose{{}, conditions}, mask, RemoveHeader{"X-5"}});
  const std::string head = request("/", fields);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run.run(head), Outcome::copy);
  // Linear is a few milliseconds; quadratic, or backtracking, would not end.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace umbra::rules
