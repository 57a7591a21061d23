// The drain of a whole proxy, as a SIGTERM begins it.
#include <gtest/gtest.h>

#include "support/eventually.h"
#include "support/http_script.h"
#include "support/proxy_fixture.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::Ending;
using support::Millis;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Waits until so many bytes have come over all connections.
bool received(const ScriptedOrigin& origin, size_t bytes) {
  return origin.wait_for([bytes](const std::list<support::Record>& records) {
    size_t all = 0;
    for (const support::Record& record : records) all += record.bytes.size();
    return all >= bytes;
  });
}

// Answers each request when it is told to.
class PatientApp {
 public:
  PatientApp()
      : origin([](OriginConnection& connection) {
          while (!connection.read_request().empty()) {
            connection.hold();
            connection.send(kOk);
          }
        }) {}
  ScriptedOrigin origin;
};

TEST(Drain, AnIdleProxyEndsAtOnce) {
  ScriptedOrigin app(support::serve_http);
  RunningProxy umbra(support::proxy_options(app.address()));
  umbra.drain();
  EXPECT_TRUE(umbra.wait_until_ended(Millis(2'000)));
}

TEST(Drain, IdleClientsAreClosedSoonAndNewOnesRefused) {
  ScriptedOrigin app(support::serve_http);
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient used(umbra.port());
  EXPECT_EQ(support::status_of(used.exchange(kGet)), 200u);
  TestClient unused(umbra.port());
  ASSERT_TRUE(support::eventually([&] { return umbra.snapshot().total.sessions.opened == 2; }));
  ASSERT_TRUE(app.wait_for_connections(2));
  const auto began = support::Clock::now();
  umbra.drain();
  EXPECT_TRUE(used.wait_for_end());
  EXPECT_EQ(used.ending(), Ending::eof);
  EXPECT_LT(support::Clock::now() - began, Millis(1'000));
  EXPECT_TRUE(unused.wait_for_end());
  EXPECT_EQ(unused.ending(), Ending::eof);
  EXPECT_LT(support::Clock::now() - began, Millis(3'000)) << "it may have been about to ask";
  EXPECT_FALSE(TestClient(umbra.port()).is_open());
  used.close();
  unused.close();
  EXPECT_TRUE(umbra.wait_until_ended());
}

TEST(Drain, WhatIsUnderWayIsFinishedAndSaysClose) {
  PatientApp app;
  RunningProxy umbra(support::proxy_options(app.origin.address()));
  TestClient client(umbra.port());
  client.send(kGet);
  ASSERT_TRUE(app.origin.wait_for_requests(1));
  umbra.drain();
  ASSERT_TRUE(support::eventually([&] { return !TestClient(umbra.port()).is_open(); })) << "it has begun";
  app.origin.release();
  const std::string answer = client.read_until_eof();
  EXPECT_EQ(answer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  client.close();
  EXPECT_TRUE(umbra.wait_until_ended());
}

TEST(Drain, AnAnswerThatHasBegunIsFinishedAsItIs) {
  ScriptedOrigin app([](OriginConnection& connection) {
    connection.read_request();
    connection.send(kOk.substr(0, kOk.size() - 1));
    connection.hold();
    connection.send(kOk.substr(kOk.size() - 1));
    connection.wait_for_end();
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient client(umbra.port());
  client.send(kGet);
  EXPECT_EQ(client.read_exactly(kOk.size() - 1), kOk.substr(0, kOk.size() - 1));
  umbra.drain();
  ASSERT_TRUE(support::eventually([&] { return !TestClient(umbra.port()).is_open(); }));
  app.release();
  EXPECT_EQ(client.read_until_eof(), "k");
  EXPECT_EQ(client.ending(), Ending::eof);
}

TEST(Drain, PipelinedRequestsAreAllAnswered) {
  PatientApp app;
  RunningProxy umbra(support::proxy_options(app.origin.address()));
  TestClient client(umbra.port());
  client.send(kGet + kGet + kGet);
  ASSERT_TRUE(app.origin.wait_for_requests(1));
  umbra.drain();
  ASSERT_TRUE(support::eventually([&] { return !TestClient(umbra.port()).is_open(); }));
  app.origin.release();
  EXPECT_EQ(client.read_until_eof(),
            std::string(kOk) + std::string(kOk) +
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

TEST(Drain, AnUploadUnderWayMayGoOn) {
  ScriptedOrigin app(support::serve_http);
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient client(umbra.port());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n";
  client.send(head + "half");
  ASSERT_TRUE(received(app, head.size() + 4));
  umbra.drain();
  ASSERT_TRUE(support::eventually([&] { return !TestClient(umbra.port()).is_open(); }));
  client.send(" of it");
  const std::string answer = client.read_answer();
  EXPECT_EQ(support::status_of(answer), 200u);
  EXPECT_EQ(support::field_of(answer, "Connection"), "close");
}

TEST(Drain, TheDeadlineEndsWhatIsLeft) {
  PatientApp app;
  auto options = support::proxy_options(app.origin.address());
  options.drain.timeout = 200 * kMillisecond;
  RunningProxy umbra(options);
  TestClient waits(umbra.port());
  waits.send(kGet);
  TestClient tunnel(umbra.port());
  tunnel.send("\x16\x03\x01");
  ASSERT_TRUE(received(app.origin, kGet.size() + 3));
  umbra.drain();
  EXPECT_TRUE(umbra.wait_until_ended(Millis(5'000)));
  EXPECT_EQ(waits.read_until_eof(), "");
  EXPECT_EQ(waits.ending(), Ending::reset) << "it must not look answered";
  tunnel.wait_for_end();
  EXPECT_EQ(tunnel.ending(), Ending::reset);
}

TEST(Drain, TheDelayKeepsAccepting) {
  ScriptedOrigin app(support::serve_http);
  auto options = support::proxy_options(app.address());
  options.drain.delay = 300 * kMillisecond;
  RunningProxy umbra(options);
  umbra.drain();
  umbra.drain();
  ASSERT_EQ(umbra.snapshot().state, control::State::draining);
  const std::string answer = TestClient(umbra.port()).exchange(kGet);
  EXPECT_EQ(support::status_of(answer), 200u);
  EXPECT_EQ(support::field_of(answer, "Connection"), "")
      << "the router does not know yet; nothing has changed";
  EXPECT_TRUE(umbra.wait_until_ended());
}

TEST(Drain, CopiesThatWereSentMayBeAnsweredOthersAreDropped) {
  ScriptedOrigin app(support::serve_http);
  ScriptedOrigin shadow([](OriginConnection& connection) {
    connection.read_request();
    connection.hold();
    connection.send(kOk);
    support::serve_http(connection);
  });
  auto options = support::proxy_options(app.address(), {shadow.address()});
  options.mirror.connections = 1;
  options.mirror.pipeline = 1;
  RunningProxy umbra(options);
  TestClient client(umbra.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(support::status_of(client.exchange(kGet)), 200u);
  ASSERT_TRUE(shadow.wait_for_requests(1));
  client.send(kGet.substr(0, 5));  // keeps the session, and so the worker, while the counters are read
  umbra.drain();
  EXPECT_TRUE(support::eventually([&] { return umbra.shadow().dropped[Drop::draining] == 2; }));
  shadow.release();
  EXPECT_TRUE(support::eventually([&] { return umbra.shadow().completed == 1; }));
  const auto counters = umbra.shadow();
  EXPECT_EQ(counters.seen, counters.accounted());
  client.reset();
  EXPECT_TRUE(umbra.wait_until_ended());
}

}  // namespace
}  // namespace umbra::integration
