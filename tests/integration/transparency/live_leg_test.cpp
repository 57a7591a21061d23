// The live leg of a whole proxy: no app, a slow app, ends, many shadows.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <list>
#include <thread>

#include "support/eventually.h"
#include "support/http_script.h"
#include "support/proxy_fixture.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::Ending;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

net::Address nobody() {
  const ScriptedOrigin gone([](OriginConnection&) {}, {.listening = false});
  return gone.address();
}

// A sanitizer keeps what was freed: its memory says nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t all = 0;
  size_t resident = 0;
  statm >> all >> resident;
  return resident * 4096;
}

TEST(WithoutAnApp, AnHttpClientIsTold) {
  ScriptedOrigin shadow(support::serve_http);
  RunningProxy umbra(support::proxy_options(nobody(), {shadow.address()}));
  TestClient client(umbra.port());
  const std::string answer = client.exchange(kGet);
  EXPECT_EQ(support::status_of(answer), 502u);
  EXPECT_EQ(support::field_of(answer, "Connection"), "close");
  EXPECT_NE(support::body_of(answer).find("umbra"), std::string::npos) << "it names who answers";
  EXPECT_EQ(support::body_of(answer).find('\n'), support::body_of(answer).size() - 1) << "one line";
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.ending(), Ending::eof);
  EXPECT_EQ(umbra.snapshot().total.sessions.app_connect_failed, 1u);
  EXPECT_EQ(shadow.requests(), 0u) << "what the app does not get, no shadow gets";
}

TEST(WithoutAnApp, AHeadGetsNoBody) {
  RunningProxy umbra(support::proxy_options(nobody()));
  TestClient client(umbra.port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = client.read_until_eof();
  EXPECT_EQ(support::status_of(answer), 502u);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(WithoutAnApp, AnUploadIsAnsweredBeforeItsEnd) {
  RunningProxy umbra(support::proxy_options(nobody()));
  TestClient client(umbra.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_EQ(support::status_of(client.read_answer()), 502u);
}

TEST(WithoutAnApp, WhoSpeaksSomethingElseIsJustClosed) {
  RunningProxy umbra(support::proxy_options(nobody()));
  for (const std::string& bytes : {std::string("\x16\x03\x01\x02"), std::string("SSH-2.0-x\r\n"),
                                   std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}) {
    TestClient client(umbra.port());
    client.send(bytes);
    EXPECT_EQ(client.read_until_eof(), "");
    EXPECT_NE(client.ending(), Ending::open);
  }
}

TEST(WithoutAnApp, WhoSaysNothingIsClosedToo) {
  RunningProxy umbra(support::proxy_options(nobody()));
  TestClient client(umbra.port());
  EXPECT_EQ(client.read_until_eof(), "");
  EXPECT_EQ(client.ending(), Ending::eof);
}

TEST(WithoutAnApp, ItIsUsedAsSoonAsItIsThere) {
  ScriptedOrigin app(support::serve_http, {.listening = false});
  RunningProxy umbra(support::proxy_options(app.address()));
  EXPECT_EQ(support::status_of(TestClient(umbra.port()).exchange(kGet)), 502u);
  app.listen();
  EXPECT_EQ(support::status_of(TestClient(umbra.port()).exchange(kGet)), 200u);
}

// What a counter stands at when it has stopped: many readings in a row are alike.
template <typename Read>
uint64_t standstill(Read read) {
  uint64_t value = 0;
  int alike = 0;
  EXPECT_TRUE(support::eventually([&] {
    const uint64_t last = std::exchange(value, read());
    alike = value > 0 && value == last ? alike + 1 : 0;
    return alike == 50;
  }));
  return value;
}

// umbra proxy --safe.
TEST(Unobserved, BytesPassAndNothingIsMadeOfThem) {
  ScriptedOrigin app(support::serve_http);
  ScriptedOrigin shadow(support::serve_http);
  auto options = support::proxy_options(app.address(), {shadow.address()});
  options.relay.observe = false;
  RunningProxy umbra(options);
  TestClient client(umbra.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(support::status_of(client.exchange(kGet)), 200u);
  EXPECT_EQ(shadow.requests(), 0u);
  const auto total = umbra.snapshot().total;
  EXPECT_EQ(total.sessions.opaque[Opaque::unobserved], 1u) << "it is not silent about it";
  EXPECT_EQ(total.live.exchanges, 0u);
  EXPECT_EQ(total.shadows[0].seen, 0u);
}

// Every byte that leaves the client is in a kernel's buffer or in umbra's bounded queue.
TEST(Backpressure, AnAppThatDoesNotReadStopsTheClient) {
  constexpr size_t kSize = 64u << 20;
  const std::string head =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n";
  const std::string upload = head + std::string(kSize, 'u');
  std::atomic<bool> intact = false;
  ScriptedOrigin app([&](OriginConnection& connection) {
    connection.hold();
    intact = connection.read_exactly(upload.size(), support::Millis(60'000)) == upload;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  const size_t before = resident_bytes();
  TestClient client(umbra.port());
  std::thread sender([&] { EXPECT_TRUE(client.send(upload, support::Millis(60'000))); });

  const uint64_t relayed = standstill([&] { return umbra.snapshot().total.sessions.bytes_from_clients; });
  EXPECT_LT(relayed, kSize / 2) << "umbra reads on though nobody takes it";
  EXPECT_TRUE(kSanitized || resident_bytes() < before + (4u << 20)) << "the queue is bounded";
  app.release();
  sender.join();
  EXPECT_EQ(support::status_of(client.read_answer()), 200u);
  EXPECT_TRUE(intact) << "then everything arrives, in order";
}

TEST(Backpressure, AClientThatDoesNotReadStopsTheApp) {
  constexpr size_t kSize = 64u << 20;
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n" + std::string(kSize, 'd');
  ScriptedOrigin app([&](OriginConnection& connection) {
    connection.read_request();
    connection.send(answer, support::Millis(60'000));
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient client(umbra.port());
  client.send(kGet);
  const uint64_t relayed = standstill([&] { return umbra.snapshot().total.sessions.bytes_to_clients; });
  EXPECT_LT(relayed, kSize / 2);
  EXPECT_TRUE(client.read_exactly(answer.size(), support::Millis(60'000)) == answer);
}

// A session that waits does not hold up the others of its worker.
TEST(Backpressure, OthersGoOn) {
  ScriptedOrigin app([](OriginConnection& connection) {
    if (connection.index() == 0) return connection.hold();
    support::serve_http(connection);
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient stuck(umbra.port());
  std::thread sender([&] { stuck.send(std::string(32u << 20, 'x'), support::Millis(1'000)); });
  EXPECT_TRUE(app.wait_for_connections(1));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(support::status_of(TestClient(umbra.port()).exchange(kGet)), 200u);
  }
  sender.join();
  app.release();
}

TEST(Ends, TheAppsEndIsTheClientsAtOnce) {
  ScriptedOrigin app([](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    connection.half_close();
    connection.wait_for_end();
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient client(umbra.port());
  EXPECT_EQ(support::status_of(client.exchange(kGet)), 200u);
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.ending(), Ending::eof);
  client.half_close();
  EXPECT_TRUE(app.wait_until_over()) << "and the client's is the app's";
  EXPECT_TRUE(support::eventually([&] { return umbra.snapshot().total.sessions.closed == 1; }));
}

TEST(Shadows, ThirtyTwoAtOnce) {
  constexpr size_t kRequests = 20;
  ScriptedOrigin app(support::serve_http);
  std::list<ScriptedOrigin> shadows;
  std::vector<net::Address> addresses;
  for (int i = 0; i < 32; ++i) addresses.push_back(shadows.emplace_back(support::serve_http).address());
  RunningProxy umbra(support::proxy_options(app.address(), addresses));
  TestClient client(umbra.port());
  for (size_t i = 0; i < kRequests; ++i) {
    const std::string request =
        "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    EXPECT_EQ(client.exchange(request), support::http_answer(request)) << i;
  }
  for (ScriptedOrigin& shadow : shadows) {
    ASSERT_TRUE(shadow.wait_for_requests(kRequests));
    for (const std::string& copy : shadow.all_requests()) {
      EXPECT_EQ(support::body_of(copy), "body");
      EXPECT_EQ(support::field_of(copy, "Host"), shadow.address().text());
    }
  }
  EXPECT_TRUE(support::eventually([&] {
    const auto snapshot = umbra.snapshot();
    for (size_t i = 0; i < 32; ++i) {
      if (snapshot.counters_of(i).completed != kRequests) return false;
    }
    return true;
  }));
}

}  // namespace
}  // namespace umbra::integration
