#include "umbra/app/changes.h"

#include <gtest/gtest.h>

namespace umbra::app {
namespace {

using config::ProxyOptions;
using Phrases = std::vector<std::string>;

mirror::ShadowOptions shadow(const std::string& name, uint16_t port) {
  mirror::ShadowOptions made;
  made.name = name;
  made.address = {net::Address::Kind::tcp, "127.0.0.1", port, ""};
  made.authority = made.address.text();
  made.url = "http://" + made.authority;
  return made;
}

ProxyOptions options() {
  ProxyOptions made;
  made.listen.push_back({net::Address::Kind::tcp, "", 8080, ""});
  made.relay.app = {net::Address::Kind::tcp, "127.0.0.1", 5000, ""};
  made.mirror.shadows = {shadow("a", 1), shadow("b", 2)};
  return made;
}

TEST(Changes, NothingDiffers) {
  const Changes changes = changes_between(options(), options());
  EXPECT_EQ(changes.made, Phrases{});
  EXPECT_EQ(changes.needs_restart, Phrases{});
}

TEST(Changes, Shadows) {
  ProxyOptions next = options();
  next.mirror.shadows = {shadow("c", 3), shadow("b", 4)};
  EXPECT_EQ(changes_between(options(), next).made,
            (Phrases{"shadow a: removed", "shadow c: added, http://127.0.0.1:3",
                     "shadow b: begins anew, http://127.0.0.1:4"}));
}

// Another file's certificate is not renewed: it is not taken at all.
TEST(Changes, OtherTlsIsNoRenewal) {
  ProxyOptions next = options();
  next.tls.emplace();
  next.certificate_hash = 1;
  const Changes changes = changes_between(options(), next);
  EXPECT_EQ(changes.made, Phrases{});
  EXPECT_EQ(changes.needs_restart, Phrases{"tls"});
  EXPECT_EQ(changes_between(keep_what_stays(options(), next), options()).made, Phrases{});
}

// Whatever of a shadow differs is said.
TEST(Changes, EveryPartOfAShadow) {
  struct Row {
    const char* what;
    void (*change)(mirror::ShadowOptions&);
  };
  using Shadow = mirror::ShadowOptions;
  for (const Row& row : {
           Row{"url", [](Shadow& s) { s.url += "/"; }},
           Row{"authority", [](Shadow& s) { s.authority = "x"; }},
           Row{"marker", [](Shadow& s) { s.marker = false; }},
           Row{"rules", [](Shadow& s) { s.rules.steps.push_back(rules::RemoveHeader{"X"}); }},
           Row{"host", [](Shadow& s) { s.rules.host.mode = rules::Host::Mode::preserve; }},
           Row{"authorization", [](Shadow& s) { s.authorization = "Basic eA=="; }},
           Row{"redirects", [](Shadow& s) { s.redirects = 1; }},
           Row{"redirect hosts", [](Shadow& s) { s.redirect_hosts = {"x"}; }},
           Row{"stop_when", [](Shadow& s) { s.stop_when = mirror::StopWhen{}; }},
           Row{"paused", [](Shadow& s) { s.paused = true; }},
           Row{"connections", [](Shadow& s) { s.connections = 1; }},
           Row{"timeout", [](Shadow& s) { s.timeout = kSecond; }},
           Row{"connect timeout", [](Shadow& s) { s.connect_timeout = kSecond; }},
           Row{"pipeline", [](Shadow& s) { s.pipeline = 1; }},
       }) {
    ProxyOptions next = options();
    row.change(next.mirror.shadows[1]);
    EXPECT_EQ(changes_between(options(), next).made, (Phrases{"shadow b: changed"})) << row.what;
  }
}

TEST(Changes, OfTheWhole) {
  struct Row {
    const char* what;
    void (*change)(ProxyOptions&);
    bool needs_restart;
  };
  using Options = ProxyOptions;
  for (const Row& row : {
           Row{"shadow memory", [](Options& o) { o.mirror.memory *= 2; }, false},
           Row{"shadow connections", [](Options& o) { o.mirror.connections *= 2; }, false},
           Row{"shadow timeout", [](Options& o) { o.mirror.timeout *= 2; }, false},
           Row{"shadow connect timeout", [](Options& o) { o.mirror.connect_timeout *= 2; }, false},
           Row{"shadow pipeline", [](Options& o) { o.mirror.pipeline = 3; }, false},
           Row{"drain delay", [](Options& o) { o.drain.delay = kSecond; }, false},
           Row{"drain timeout", [](Options& o) { o.drain.timeout = kSecond; }, false},
           Row{"ready needs app", [](Options& o) { o.ready_needs_app = true; }, false},
           Row{"admin token", [](Options& o) { o.admin_token = "a secret that is not shown"; }, false},
           Row{"admin hosts", [](Options& o) { o.admin_hosts = {"x"}; }, false},
           Row{"certificate renewed", [](Options& o) { o.certificate_hash = 1; }, false},
           Row{"listen", [](Options& o) { o.listen.clear(); }, true},
           Row{"app", [](Options& o) { o.relay.app.port = 1; }, true},
           Row{"max sessions", [](Options& o) { o.max_sessions = 7; }, true},
           Row{"live edits", [](Options& o) { o.relay.live.forwarded_append = true; }, true},
           Row{"tls", [](Options& o) { o.tls.emplace(); }, true},
           Row{"workers", [](Options& o) { o.workers = 7; }, true},
           Row{"admin", [](Options& o) { o.admin = o.listen; }, true},
           Row{"access log", [](Options& o) { o.access_log = "-"; }, true},
           Row{"log level", [](Options& o) { o.log_level = LogLevel::off; }, true},
           Row{"log format", [](Options& o) { o.log_format = LogFormat::json; }, true},
           Row{"log source", [](Options& o) { o.log_source = "x"; }, true},
       }) {
    ProxyOptions next = options();
    row.change(next);
    const Changes changes = changes_between(options(), next);
    EXPECT_EQ(row.needs_restart ? changes.needs_restart : changes.made, (Phrases{row.what}));
    EXPECT_EQ(row.needs_restart ? changes.made : changes.needs_restart, Phrases{});
    const Changes kept = changes_between(options(), keep_what_stays(options(), next));
    EXPECT_EQ(kept.needs_restart, Phrases{}) << row.what << " stays until the next start";
    EXPECT_EQ(kept.made, changes.made);
  }
}

}  // namespace
}  // namespace umbra::app
