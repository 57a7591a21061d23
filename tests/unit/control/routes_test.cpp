#include "umbra/control/routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.h"
#include "umbra/control/shadows_page.h"

namespace umbra::control {
namespace {

const Access kAccess{"the-token-of-this-test", {}};

Request to(std::string method, std::string target) {
  return {std::move(method), std::move(target), "localhost"};
}

Request change(std::string method, std::string target, std::string body) {
  Request request = to(std::move(method), std::move(target));
  request.authorization = "Bearer the-token-of-this-test";
  request.body = std::move(body);
  return request;
}

// As the server does for what changes nothing.
Answer answer(const Request& request, const Snapshot& snapshot) {
  const Plan what = plan(request, kAccess);
  return what.kind == Plan::Kind::show ? show(request.target, snapshot) : what.answer;
}

TEST(Routes, Pages) {
  struct Row {
    const char* method;
    const char* target;
    unsigned status;
    std::string_view type;
    std::string_view begin;
    const char* why;
  };
  for (const Row& row : {
           Row{"GET", "/", 200, kTextType, "umbra 0.1.0\n", "the index"},
           Row{"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# HELP ", "Prometheus"},
           Row{"GET", "/metrics?name[]=x", 200, "text/plain; version=0.0.4; charset=utf-8", "# HELP ",
               "a query"},
           Row{"GET", "/status", 200, kJsonType, "{\n  \"version\"", "JSON"},
           Row{"HEAD", "/status", 200, kJsonType, "{\n  \"version\"", "HEAD is GET, cut by the server"},
           Row{"GET", "/healthz", 200, kTextType, "ok\n", "alive"},
           Row{"GET", "/readyz", 200, kTextType, "ready\n", "ready"},
           Row{"GET", "/api/shadows", 200, kJsonType, "{\n  \"mirror_off\": true", "all shadows"},
           Row{"HEAD", "/api/shadows", 200, kJsonType, "{\n  \"mirror_off\": true", "HEAD"},
           Row{"GET", "/api/shadows/next", 200, kJsonType, "{\n  \"name\": \"next\"", "one shadow"},
           Row{"GET", "/api/shadows/n%65xt?x", 200, kJsonType, "{\n  \"name\": \"next\"", "decoded"},
           Row{"GET", "/api/shadows/nex", 404, kJsonType, "{\n  \"error\": \"there is no shadow 'nex'",
               "none"},
           Row{"GET", "/api/shadows/", 404, kJsonType, "{\n  \"error\": \"there is no shadow ''", "no name"},
           Row{"GET", "/api/shadows/a%00", 404, kJsonType, "{\n  \"error\"", "decodes to no name"},
           Row{"GET", "/api/shadows/%4", 400, kJsonType, "{\n  \"error\": \"%XX", "half an escape"},
           Row{"GET", "/api/shadows/%zz", 400, kJsonType, "{\n  \"error\": \"%XX", "no escape"},
           Row{"POST", "/status", 405, kTextType, "allowed here: GET, HEAD\n", "nothing to be changed here"},
           Row{"get", "/status", 405, kTextType, "allowed here: GET, HEAD\n", "methods have a case"},
           Row{"OPTIONS", "/api/shadows", 405, kTextType, "allowed here: GET, HEAD, PATCH\n", "no CORS"},
           Row{"OPTIONS", "/api/reload", 405, kTextType, "allowed here: POST\n", "no CORS"},
           Row{"DELETE", "/api/shadows/next", 405, kTextType, "allowed here: GET, HEAD, PATCH\n", "no"},
           Row{"GET", "/api/reload", 405, kTextType, "allowed here: POST\n", "a link must not reload"},
           Row{"HEAD, ", "/status", 405, kTextType, "allowed here: GET, HEAD\n", "no part of the list"},
           Row{"GET", "/status/", 404, kTextType, "there is no such page", "not quite"},
           Row{"GET", "", 404, kTextType, "there is no such page", "nothing"},
           Row{"GET", "*", 404, kTextType, "there is no such page", "asterisk form"},
           Row{"POST", "/nowhere", 404, kTextType, "there is no such page", "unknown in any method"},
       }) {
    const Answer given = answer(to(row.method, row.target), sample_snapshot());
    EXPECT_EQ(given.status, row.status) << row.why;
    EXPECT_EQ(given.content_type, row.type) << row.why;
    EXPECT_TRUE(given.body.starts_with(row.begin)) << row.why << ": " << given.body.substr(0, 60);
    EXPECT_EQ(given.allow.empty(), row.status != 405) << row.why;
  }
}

TEST(Routes, AStrangersHostGetsNothing) {
  for (const char* target : {"/", "/metrics", "/status", "/healthz", "/api/shadows", "/nowhere"}) {
    const Plan what = plan({"GET", target, "evil.example"}, kAccess);
    EXPECT_EQ(what.kind, Plan::Kind::answer) << target;
    EXPECT_EQ(what.answer.status, 421U) << target;
  }
}

TEST(Routes, Changes) {
  const Plan one = plan(change("PATCH", "/api/shadows/a%2fb%3A80", R"({"paused":true})"), kAccess);
  ASSERT_EQ(one.kind, Plan::Kind::steer);
  EXPECT_EQ(one.order.shadow, "a/b:80");
  EXPECT_EQ(one.order.paused, true);
  const Plan all = plan(change("PATCH", "/api/shadows", R"({"percent":1.25})"), kAccess);
  ASSERT_EQ(all.kind, Plan::Kind::steer);
  EXPECT_EQ(all.order.shadow, std::nullopt);
  EXPECT_EQ(all.order.percent, 125U);
  EXPECT_EQ(plan(change("POST", "/api/reload", ""), kAccess).kind, Plan::Kind::reload);
}

TEST(Routes, ChangesThatAreRefused) {
  struct Row {
    Request request;
    unsigned status;
    std::string_view part;
  };
  Request unknown = to("PATCH", "/api/shadows/next");
  Request foreign = change("POST", "/api/reload", "");
  foreign.origin = "http://evil.example";
  for (const Row& row : {
           Row{unknown, 401, "the admin token is expected"},
           Row{to("POST", "/api/reload"), 401, "the admin token is expected"},
           Row{foreign, 403, "other sites may change nothing"},
           Row{change("PATCH", "/api/shadows/next", "{}"), 400, "a JSON object"},
           Row{change("PATCH", "/api/shadows", R"({"x":1})"), 400, "x: unknown member"},
           Row{change("PATCH", "/api/shadows/%", R"({"paused":true})"), 400, "%XX"},
       }) {
    const Plan what = plan(row.request, kAccess);
    ASSERT_EQ(what.kind, Plan::Kind::answer) << row.part;
    EXPECT_EQ(what.answer.status, row.status) << row.part;
    EXPECT_EQ(what.answer.content_type, kJsonType) << row.part;
    const auto json = nlohmann::json::parse(what.answer.body);
    EXPECT_EQ(json.at("error").get<std::string>().substr(0, row.part.size()), row.part);
  }
}

TEST(Routes, ReloadAnswers) {
  using Outcome = ReloadReport::Outcome;
  const Answer done = reload_page({Outcome::done, {"shadow next: added"}, {"listen"}, {}});
  EXPECT_EQ(done.status, 200U);
  EXPECT_EQ(nlohmann::json::parse(done.body),
            nlohmann::json::parse(
                R"({"reloaded": true, "changes": ["shadow next: added"], "needs_restart": ["listen"]})"));
  const Answer invalid = reload_page({Outcome::invalid, {}, {}, {"umbra.yaml:3:1: one", "two"}});
  EXPECT_EQ(invalid.status, 422U);
  EXPECT_EQ(nlohmann::json::parse(invalid.body),
            nlohmann::json::parse(R"({"reloaded": false, "problems": ["umbra.yaml:3:1: one", "two"]})"));
  EXPECT_EQ(reload_page({Outcome::refused, {}, {}, {"umbra drains"}}).status, 409U);
}

TEST(Routes, ALongNameIsNotEchoedWhole) {
  const Answer given = answer(to("GET", "/api/shadows/" + std::string(5'000, 'x')), sample_snapshot());
  EXPECT_EQ(given.status, 404U);
  EXPECT_LT(given.body.size(), 300U);
}

TEST(Routes, HealthDependsOnTheWorkersOnly) {
  Snapshot snapshot = sample_snapshot();
  snapshot.state = State::draining;
  snapshot.listening = false;
  snapshot.app_accepts = false;
  EXPECT_EQ(answer(to("GET", "/healthz"), snapshot).status, 200U);
  snapshot.workers_answered = 1;
  EXPECT_EQ(answer(to("GET", "/healthz"), snapshot).status, 503U);
  EXPECT_EQ(answer(to("GET", "/healthz"), snapshot).body, "1 of 2 workers did not answer in time\n");
}

TEST(Routes, Readiness) {
  struct Row {
    State state;
    bool listening;
    bool needs_app;
    std::optional<bool> app_accepts;
    unsigned status;
    std::string_view body;
  };
  for (const Row& row : {
           Row{State::running, true, false, std::nullopt, 200, "ready\n"},
           Row{State::running, true, false, false, 200, "ready\n"},
           Row{State::running, true, true, true, 200, "ready\n"},
           Row{State::running, true, true, false, 503, "the application does not accept connections\n"},
           Row{State::running, true, true, std::nullopt, 503,
               "whether the application accepts connections is not known yet\n"},
           Row{State::running, false, false, true, 503, "not listening yet\n"},
           Row{State::starting, true, false, true, 503, "not listening yet\n"},
           Row{State::draining, true, false, true, 503, "draining\n"},
       }) {
    Snapshot snapshot = sample_snapshot();
    snapshot.state = row.state;
    snapshot.listening = row.listening;
    snapshot.ready_needs_app = row.needs_app;
    snapshot.app_accepts = row.app_accepts;
    const Answer given = answer(to("GET", "/readyz"), snapshot);
    EXPECT_EQ(given.status, row.status) << row.body;
    EXPECT_EQ(given.body, row.body);
  }
}

}  // namespace
}  // namespace umbra::control
