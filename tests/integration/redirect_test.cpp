// Redirects of a shadow: which are followed, with what, and that such a copy still ends in exactly one
// counter.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>

#include "support/eventually.h"
#include "support/http_bytes.h"
#include "support/http_script.h"
#include "support/proxy_fixture.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::OriginConnection;
using support::ScriptedOrigin;
using support::TestClient;
using Answer = std::function<std::string(const std::string& request)>;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string moved(unsigned status, const std::string& location) {
  return fmt::format("HTTP/1.1 {} Moved\r\nLocation: {}\r\nContent-Length: 4\r\n\r\nthen", status, location);
}

support::Script answering(Answer answer) {
  return [answer = std::move(answer)](OriginConnection& connection) {
    for (;;) {
      const std::string request = connection.read_request();
      if (request.empty() || !connection.send(answer(request))) return;
    }
  };
}

// /from is answered with a redirect, anything else with 200.
support::Script moving(unsigned status, const std::string& location) {
  return answering([=](const std::string& request) {
    return support::target_of(request) == "/from" ? moved(status, location) : kOk;
  });
}

class RedirectTest : public testing::Test {
 protected:
  config::ProxyOptions options(ScriptedOrigin& shadow, unsigned redirects) {
    config::ProxyOptions made = support::proxy_options(app.address(), {shadow.address()});
    made.mirror.shadows[0].redirects = redirects;
    made.mirror.own = {app.address()};
    return made;
  }
  static std::string get(const std::string& target) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: app.example\r\n\r\n", target);
  }
  static metrics::ShadowCounters after(support::RunningProxy& umbra, const std::string& request) {
    TestClient client(umbra.port());
    EXPECT_EQ(support::status_of(client.exchange(request)), 200U);
    return settled(umbra, 1);
  }
  // When everything has ended that `seen` requests were copied for.
  static metrics::ShadowCounters settled(support::RunningProxy& umbra, uint64_t seen) {
    metrics::ShadowCounters counters;
    EXPECT_TRUE(support::eventually([&] {
      counters = umbra.shadow();
      return counters.seen == seen && counters.in_flight == 0;
    }));
    EXPECT_EQ(counters.seen, counters.accounted());
    EXPECT_EQ(counters.held_bytes, 0U);
    EXPECT_EQ(counters.waiting, 0U);
    return counters;
  }
  static void expect_not_followed(const metrics::ShadowCounters& counters, const ScriptedOrigin& shadow) {
    EXPECT_EQ(counters.completed, 1U);
    EXPECT_EQ(counters.status[3], 1U);
    EXPECT_EQ(counters.redirects_followed, 0U);
    EXPECT_EQ(shadow.requests(), 1U);
  }

  ScriptedOrigin app{support::serve_http};
};

TEST_F(RedirectTest, NoneIsFollowedByDefault) {
  ScriptedOrigin shadow(moving(302, "/to"));
  config::ProxyOptions made = options(shadow, 0);
  support::RunningProxy umbra(made);
  expect_not_followed(after(umbra, get("/from")), shadow);
}

TEST_F(RedirectTest, AFoundPostBecomesGetAndLosesItsBody) {
  ScriptedOrigin shadow(moving(302, "to?x=1#there"));
  support::RunningProxy umbra(options(shadow, 1));
  const auto counters = after(umbra,
                              "POST /from HTTP/1.1\r\nHost: app.example\r\nCookie: a=b\r\n"
                              "Content-Type: text/plain\r\nContent-Length: 3\r\nAuthorization: Basic eA==\r\n"
                              "X-Kept: 1\r\n\r\nabc");
  EXPECT_EQ(counters.completed, 1U);
  EXPECT_EQ(counters.status[2], 1U);
  EXPECT_EQ(counters.status[3], 0U);
  EXPECT_EQ(counters.redirects_followed, 1U);
  const auto requests = shadow.all_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1],
            fmt::format("GET /to?x=1 HTTP/1.1\r\nHost: {}\r\nCookie: a=b\r\nAuthorization: Basic eA==\r\n"
                        "X-Kept: 1\r\nUmbra-Copy: s0\r\n\r\n",
                        shadow.address().text()));
}

TEST_F(RedirectTest, ATemporaryRedirectKeepsMethodAndBody) {
  for (const std::string framed :
       {"Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    ScriptedOrigin shadow(moving(307, "/to"));
    support::RunningProxy umbra(options(shadow, 1));
    const auto counters = after(umbra, "POST /from HTTP/1.1\r\nHost: app.example\r\n" + framed);
    EXPECT_EQ(counters.redirects_followed, 1U);
    const auto requests = shadow.all_requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(support::method_of(requests[1]), "POST");
    EXPECT_EQ(support::target_of(requests[1]), "/to");
    EXPECT_EQ(support::body_of(requests[1]), support::body_of(requests[0]));
    EXPECT_EQ(support::field_of(requests[1], "Content-Length"),
              support::field_of(requests[0], "Content-Length"));
  }
}

TEST_F(RedirectTest, ALoopEndsAtTheMost) {
  ScriptedOrigin shadow(answering([](const std::string&) { return moved(308, "/from"); }));
  support::RunningProxy umbra(options(shadow, 3));
  const auto counters = after(umbra, get("/from"));
  EXPECT_EQ(counters.completed, 1U);
  EXPECT_EQ(counters.status[3], 1U);
  EXPECT_EQ(counters.redirects_followed, 3U);
  EXPECT_EQ(shadow.requests(), 4U);
}

TEST_F(RedirectTest, OthersAreNotFollowed) {
  ScriptedOrigin stranger(support::serve_http);
  for (const std::string& location :
       {"http://" + app.address().text() + "/to", "http://" + stranger.address().text() + "/to",
        std::string("https:///to"), std::string("//shadow.invalid/to"), std::string("/a\r\nLocation: /b"),
        std::string(), std::string(9000, '/')}) {
    ScriptedOrigin shadow(moving(302, location));
    config::ProxyOptions made = options(shadow, 3);
    made.mirror.shadows[0].redirect_hosts = {app.address().text()};
    support::RunningProxy umbra(made);
    SCOPED_TRACE(location.substr(0, 100));
    expect_not_followed(after(umbra, get("/from")), shadow);
  }
  EXPECT_EQ(stranger.connections(), 0U);
  EXPECT_EQ(app.requests(), 7U) << "the clients' own";
}

TEST_F(RedirectTest, ACopyThatStreamsIsNotFollowed) {
  ScriptedOrigin shadow(moving(307, "/to"));
  support::RunningProxy umbra(options(shadow, 1));
  const std::string body(100'000, 'x');
  const auto counters =
      after(umbra,
            fmt::format("POST /from HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  expect_not_followed(counters, shadow);
}

TEST_F(RedirectTest, AListedHostGetsNoCredentials) {
  ScriptedOrigin listed(answering([](const std::string& request) {
    return support::target_of(request) == "/there" ? moved(303, "/further") : kOk;
  }));
  ScriptedOrigin shadow(moving(307, "http://" + listed.address().text() + "/there"));
  config::ProxyOptions made = options(shadow, 2);
  made.mirror.shadows[0].redirect_hosts = {"unused.example", listed.address().text()};
  support::RunningProxy umbra(made);
  const auto counters = after(umbra,
                              "POST /from HTTP/1.1\r\nHost: app.example\r\nCookie: a=b\r\nX-Kept: 1\r\n"
                              "Authorization: Basic eA==\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(counters.completed, 1U);
  EXPECT_EQ(counters.status[2], 1U);
  EXPECT_EQ(counters.redirects_followed, 2U);
  EXPECT_EQ(counters.connections_opened, 2U);
  const std::string host = listed.address().text();
  EXPECT_EQ(
      listed.all_requests(),
      (std::vector<std::string>{
          fmt::format("POST /there HTTP/1.1\r\nHost: {}\r\nX-Kept: 1\r\nContent-Length: 3\r\n"
                      "Umbra-Copy: s0\r\n\r\nabc",
                      host),
          fmt::format("GET /further HTTP/1.1\r\nHost: {}\r\nX-Kept: 1\r\nUmbra-Copy: s0\r\n\r\n", host)}));
}

TEST_F(RedirectTest, AListedHostMaySendBackToTheShadow) {
  ScriptedOrigin listed(support::serve_http);
  ScriptedOrigin shadow(moving(302, "http://" + listed.address().text() + "/there"));
  const std::string back = "http://" + shadow.address().text() + "/back";
  listed.play(answering([back](const std::string&) { return moved(302, back); }));
  config::ProxyOptions made = options(shadow, 5);
  made.mirror.shadows[0].redirect_hosts = {listed.address().text()};
  support::RunningProxy umbra(made);
  const auto counters = after(umbra, get("/from"));
  EXPECT_EQ(counters.status[2], 1U);
  EXPECT_EQ(counters.redirects_followed, 2U);
  const auto requests = shadow.all_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(support::target_of(requests[1]), "/back");
  EXPECT_EQ(support::field_of(requests[1], "Host"), shadow.address().text());
}

TEST_F(RedirectTest, CopiesOfListedHostsAreCountedOnce) {
  constexpr unsigned kRequests = 200;
  enum class Host { well, refuses, closes, silent };
  for (const Host host : {Host::well, Host::refuses, Host::closes, Host::silent}) {
    SCOPED_TRACE(static_cast<int>(host));
    ScriptedOrigin listed(
        [host](OriginConnection& connection) {
          while (!connection.read_request().empty()) {
            if (host == Host::closes) return;
            if (host == Host::silent) return connection.hold();
            connection.send(kOk);
          }
        },
        {0, host != Host::refuses});
    ScriptedOrigin shadow(moving(302, "http://" + listed.address().text() + "/there"));
    config::ProxyOptions made = options(shadow, 2);
    made.mirror.shadows[0].redirect_hosts = {listed.address().text()};
    made.mirror.connections = 8;
    if (host == Host::silent) made.mirror.timeout = kSecond;
    support::RunningProxy umbra(made);
    TestClient client(umbra.port());
    for (unsigned i = 0; i < kRequests; ++i) client.exchange(get("/from"));
    const auto counters = settled(umbra, kRequests);
    const bool well = host == Host::well;
    EXPECT_EQ(counters.redirects_followed, kRequests);
    EXPECT_EQ(counters.completed, well ? kRequests : 0U);
    EXPECT_EQ(counters.dropped.sum(), 0U);
    const Fail why = host == Host::refuses  ? Fail::connect
                     : host == Host::closes ? Fail::closed_unanswered
                                            : Fail::timeout;
    EXPECT_EQ(counters.failed[why], well ? 0U : kRequests);
    EXPECT_LE(counters.connections_open, 16U);
  }
}

// The further request has what is left of the first one's time, and fails: the shadow knows the copy.
TEST_F(RedirectTest, TheTimeIsTheFirstRequests) {
  std::promise<void> may_answer;
  const auto answer_when = may_answer.get_future().share();
  ScriptedOrigin shadow([answer_when](OriginConnection& connection) {
    if (connection.read_request().empty()) return;
    answer_when.wait();
    connection.send(moved(302, "/to"));
    connection.read_request();  // the second client's
    connection.hold();
  });
  config::ProxyOptions made = options(shadow, 1);
  made.mirror.connections = 1;
  made.mirror.timeout = kSecond;
  support::RunningProxy umbra(made);
  TestClient client(umbra.port());
  client.exchange(get("/from"));
  client.exchange(get("/second"));
  EXPECT_TRUE(support::eventually([&] { return umbra.shadow().waiting == 1; }));
  may_answer.set_value();
  const auto counters = settled(umbra, 2);
  EXPECT_EQ(counters.redirects_followed, 1U);
  EXPECT_EQ(counters.failed[Fail::timeout], 2U);
  EXPECT_EQ(counters.dropped.sum(), 0U) << "dropped is what the shadow got no byte of";
}

TEST_F(RedirectTest, EveryCopyIsCountedOnce) {
  constexpr unsigned kRequests = 200;
  for (const unsigned pipeline : {0U, 1U, 8U}) {
    SCOPED_TRACE(pipeline);
    ScriptedOrigin shadow(moving(302, "/to"));
    config::ProxyOptions made = options(shadow, 2);
    made.mirror.pipeline = pipeline;
    support::RunningProxy umbra(made);
    TestClient client(umbra.port());
    for (unsigned i = 0; i < kRequests; ++i) client.exchange(get(i % 2 == 0 ? "/from" : "/plain"));
    const auto counters = settled(umbra, kRequests);
    EXPECT_EQ(counters.completed, kRequests);
    EXPECT_EQ(counters.status[2], kRequests);
    EXPECT_EQ(counters.redirects_followed, kRequests / 2);
    EXPECT_EQ(shadow.requests(), kRequests + kRequests / 2);
  }
}

// Servers that close, with an answer or instead of one, where the redirect led to.
TEST_F(RedirectTest, EveryLostCopyIsCountedOnce) {
  constexpr unsigned kRequests = 200;
  for (const unsigned pipeline : {0U, 8U}) {
    SCOPED_TRACE(pipeline);
    ScriptedOrigin shadow([](OriginConnection& connection) {
      for (;;) {
        const std::string request = connection.read_request();
        if (request.empty() || support::target_of(request) == "/to") return;
        connection.send(moved(302, "/to"));
      }
    });
    config::ProxyOptions made = options(shadow, 2);
    made.mirror.pipeline = pipeline;
    support::RunningProxy umbra(made);
    TestClient client(umbra.port());
    for (unsigned i = 0; i < kRequests; ++i) client.exchange(get("/from"));
    const auto counters = settled(umbra, kRequests);
    EXPECT_EQ(counters.failed.sum(), kRequests);
    EXPECT_GT(counters.redirects_followed, 0U);
  }
}

}  // namespace
}  // namespace umbra::integration
