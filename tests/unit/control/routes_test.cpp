#include "umbra/control/routes.h"

#include <gtest/gtest.h>

#include "sample.h"

namespace umbra::control {
namespace {

TEST(Routes, Pages) {
  struct Row {
    std::string_view method;
    std::string_view target;
    unsigned status;
    std::string_view type;
    std::string_view begin;
    const char* why;
  };
  const std::string_view text = "text/plain; charset=utf-8";
  for (const Row& row : {
           Row{"GET", "/", 200, text, "umbra 0.1.0\n", "the index"},
           Row{"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# HELP ", "Prometheus"},
           Row{"GET", "/metrics?name[]=x", 200, "text/plain; version=0.0.4; charset=utf-8", "# HELP ",
               "a query"},
           Row{"GET", "/status", 200, "application/json", "{\n  \"version\"", "JSON"},
           Row{"HEAD", "/status", 200, "application/json", "{\n  \"version\"",
               "HEAD is GET, cut by the server"},
           Row{"GET", "/healthz", 200, text, "ok\n", "alive"},
           Row{"GET", "/readyz", 200, text, "ready\n", "ready"},
           Row{"POST", "/status", 405, text, "GET or HEAD", "nothing can be changed here"},
           Row{"get", "/status", 405, text, "GET or HEAD", "methods have a case"},
           Row{"GET", "/status/", 404, text, "there is no such page", "not quite"},
           Row{"GET", "", 404, text, "there is no such page", "nothing"},
           Row{"GET", "*", 404, text, "there is no such page", "asterisk form"},
           Row{"POST", "/nowhere", 404, text, "there is no such page", "unknown in any method"},
       }) {
    const Answer given = answer({row.method, row.target}, sample_snapshot());
    EXPECT_EQ(given.status, row.status) << row.why;
    EXPECT_EQ(given.content_type, row.type) << row.why;
    EXPECT_TRUE(given.body.starts_with(row.begin)) << row.why << ": " << given.body.substr(0, 60);
    EXPECT_EQ(given.allow, row.status == 405 ? "GET, HEAD" : "") << row.why;
  }
}

TEST(Routes, HealthDependsOnTheWorkersOnly) {
  Snapshot snapshot = sample_snapshot();
  snapshot.state = State::draining;
  snapshot.listening = false;
  snapshot.app_accepts = false;
  EXPECT_EQ(answer({"GET", "/healthz"}, snapshot).status, 200U);
  snapshot.workers_answered = 1;
  EXPECT_EQ(answer({"GET", "/healthz"}, snapshot).status, 503U);
  EXPECT_EQ(answer({"GET", "/healthz"}, snapshot).body, "1 of 2 workers did not answer in time\n");
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
    const Answer given = answer({"GET", "/readyz"}, snapshot);
    EXPECT_EQ(given.status, row.status) << row.body;
    EXPECT_EQ(given.body, row.body);
  }
}

}  // namespace
}  // namespace umbra::control
