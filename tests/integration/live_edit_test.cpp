// Live edits: at the app arrive the bytes that the client sent and what was asked for, and nothing else, in
// whatever pieces they come.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "integration/watcher.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"
#include "umbra/relay/proxy_protocol.h"

namespace umbra::integration {
namespace {

using relay::LiveEdits;
using relay::ProxyProtocol;
using support::eventually;
using support::Record;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

const std::string kForwarded = "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n";
const std::string kGet = "GET /a HTTP/1.1\r\nHost: a.example\r\nX-a:  1 \r\n";
const std::string kSmall = "POST /b HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n";
const std::string kChunked = "PUT /c HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n";
const std::string kChunks = "3;ext\r\nGET\r\n2\r\n\r\n\r\n0\r\nX-Forwarded-For: trailer\r\n\r\n";
const std::string kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";

// Several requests on one connection, and what the app is to get of them.
struct Bytes {
  std::string sent = kGet + "\r\n" + kSmall + "\r\nhello" + kChunked + "\r\n" + kChunks + "\r\n" + kGet +
                     "x-forwarded-for: 10.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n";
  std::string edited = kGet + kForwarded + "\r\n" + kSmall + kForwarded + "\r\nhello" + kChunked +
                       kForwarded + "\r\n" + kChunks + "\r\n" + kGet +
                       "x-forwarded-for: 10.0.0.1, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n";
  size_t requests = 4;
};

class LiveEdit : public testing::Test {
 protected:
  config::ProxyOptions options(const LiveEdits& live) const {
    auto made = support::proxy_options(app_.address(), {shadow_.address()});
    made.relay.live = live;
    made.mirror.pipeline = 1;
    return made;
  }
  static std::string id_in(const std::string& request) { return support::field_of(request, "X-Request-Id"); }
  uint64_t unedited(RunningProxy& umbra) const { return umbra.snapshot().total.sessions.live_unedited; }
  // The bytes of the app's connection, when it has ended.
  std::string at_app(size_t connection) {
    EXPECT_TRUE(app_.wait_for_connections(connection + 1));
    EXPECT_TRUE(app_.wait_until_over());
    return app_.record(connection).bytes;
  }

  ScriptedOrigin app_{support::serve_http};
  ScriptedOrigin shadow_{support::serve_http};
};

TEST_F(LiveEdit, PipelinedRequestsCutAtEveryByte) {
  RunningProxy umbra(options({.forwarded_append = true}));
  const Bytes bytes;
  size_t connection = 0;
  for (size_t cut = 1; cut < bytes.sent.size(); ++cut) {
    TestClient client(umbra.port());
    ASSERT_TRUE(client.send_cut(bytes.sent, {cut}));
    for (size_t i = 0; i < bytes.requests; ++i)
      EXPECT_EQ(support::status_of(client.read_answer()), 200U) << cut;
    client.close();
    ASSERT_EQ(at_app(connection++), bytes.edited) << "cut at " << cut;
  }
  TestClient client(umbra.port());
  ASSERT_TRUE(client.send_byte_by_byte(bytes.sent));
  for (size_t i = 0; i < bytes.requests; ++i) EXPECT_EQ(support::status_of(client.read_answer()), 200U);
  client.close();
  EXPECT_EQ(at_app(connection), bytes.edited);
  EXPECT_EQ(unedited(umbra), 0U);
  EXPECT_TRUE(eventually([&] { return umbra.shadow().in_flight == 0; }));
  EXPECT_EQ(umbra.shadow().completed, bytes.sent.size() * bytes.requests);
}

TEST_F(LiveEdit, AnUploadPassesByteForByte) {
  RunningProxy umbra(options({.forwarded_append = true, .request_id = "X-Request-Id"}));
  const std::string body(3'000'000, 'b');
  const std::string head =
      fmt::format("POST /b HTTP/1.1\r\nHost: a\r\nX-Request-Id: 7\r\nContent-Length: {}\r\n", body.size());
  TestClient client(umbra.port());
  ASSERT_TRUE(client.send(head + "\r\n" + body + head + "\r\n" + body));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(support::status_of(client.read_answer()), 200U);
  client.close();
  const std::string one = head + kForwarded + "\r\n" + body;
  EXPECT_TRUE(at_app(0) == one + one);
}

TEST_F(LiveEdit, TheIdOfARequestStandsOnItsCopyToo) {
  RunningProxy umbra(options({.request_id = "X-Request-Id"}));
  TestClient client(umbra.port());
  client.exchange(kGet + "\r\n");
  client.exchange(kGet + "x-request-id: mine\r\n\r\n");
  client.exchange(kGet + "\r\n");
  ASSERT_TRUE(shadow_.wait_for_requests(3));
  const auto live = app_.all_requests();
  const auto copies = shadow_.all_requests();
  ASSERT_EQ(live.size(), 3U);
  EXPECT_EQ(id_in(live[0]).size(), 32U);
  EXPECT_EQ(live[0], kGet + "X-Request-Id: " + id_in(live[0]) + "\r\n\r\n");
  EXPECT_EQ(live[1], kGet + "x-request-id: mine\r\n\r\n");
  EXPECT_NE(id_in(live[0]), id_in(live[2]));
  // Copies of one client may arrive in any order: they share the shadow's connections.
  std::multiset<std::string> ids_live;
  std::multiset<std::string> ids_copied;
  for (size_t i = 0; i < 3; ++i) {
    ids_live.insert(id_in(live[i]));
    ids_copied.insert(id_in(copies[i]));
  }
  EXPECT_EQ(ids_copied, ids_live);
}

TEST_F(LiveEdit, AWebSocketBehindAnEditedRequest) {
  RunningProxy umbra(options({.forwarded_append = true}));
  const std::string frames = "\x81\x05hello" + kGet + "\r\n";
  TestClient client(umbra.port());
  client.exchange(kGet + "\r\n");
  client.send(kUpgrade + "\r\n");
  EXPECT_NE(client.read_until("\r\n\r\n").find(" 101 "), std::string::npos);
  client.send(frames);
  EXPECT_EQ(client.read_exactly(frames.size()), frames);
  client.close();
  EXPECT_EQ(at_app(0), kGet + kForwarded + "\r\n" + kUpgrade + kForwarded + "\r\n" + frames);
  EXPECT_EQ(unedited(umbra), 0U);
}

TEST_F(LiveEdit, WhatCannotBeFollowedPassesAndIsCounted) {
  app_.play([](support::OriginConnection& c) { c.read_until_eof(); });
  RunningProxy umbra(options({.forwarded_append = true}));
  size_t connection = 0;
  for (const std::string& odd :
       {std::string("GET / HTTP/1.1\nHost: a\n\n"), std::string("\x16\x03\x01\x02\x00\x01"),
        kSmall + "Content-Length: 6\r\n\r\nhello",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x'), kGet.substr(0, 20)}) {
    TestClient client(umbra.port());
    client.send(kGet + "\r\n" + odd);
    client.half_close();
    client.read_until_eof();
    client.close();
    EXPECT_EQ(at_app(connection++), kGet + kForwarded + "\r\n" + odd);
    EXPECT_EQ(unedited(umbra), connection);
  }
}

TEST_F(LiveEdit, ABalancersHeaderIsTakenOffNamesTheClientAndIsPassedOn) {
  for (const ProxyProtocol send : {ProxyProtocol::off, ProxyProtocol::v1, ProxyProtocol::v2}) {
    RunningProxy umbra(options({.forwarded_append = true, .accept = ProxyProtocol::any, .send = send}));
    for (const ProxyProtocol version : {ProxyProtocol::v1, ProxyProtocol::v2}) {
      const relay::ProxyHeader from{"192.0.2.7:4711", "192.0.2.1:443", false};
      const std::string header = relay::write_proxy_header(version, from);
      const std::string request = header + kGet + "\r\n";
      const std::string passed_on = send == ProxyProtocol::off ? "" : relay::write_proxy_header(send, from);
      for (size_t cut = 1; cut < header.size() + 3; ++cut) {
        app_.play([&passed_on](support::OriginConnection& c) {
          c.read_exactly(passed_on.size());
          support::serve_http(c);
        });
        const size_t connection = app_.connections();
        TestClient client(umbra.port());
        ASSERT_TRUE(client.send_cut(request, {cut}));
        EXPECT_EQ(support::status_of(client.read_answer()), 200U) << cut;
        client.close();
        EXPECT_EQ(at_app(connection),
                  passed_on + kGet + "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n\r\n")
            << cut;
      }
    }
    EXPECT_EQ(umbra.snapshot().total.sessions.proxy_protocol_refused, 0U);
  }
}

TEST_F(LiveEdit, AConnectionWithoutTheHeaderIsClosedAndCounted) {
  RunningProxy umbra(options({.accept = ProxyProtocol::v1}));
  TestClient client(umbra.port());
  client.send(kGet + "\r\n");
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(app_.connections(), 0U);
  EXPECT_EQ(umbra.snapshot().total.sessions.proxy_protocol_refused, 1U);
  TestClient silent(umbra.port());
  EXPECT_TRUE(silent.wait_for_end()) << "5 s";
  EXPECT_EQ(umbra.snapshot().total.sessions.proxy_protocol_refused, 2U);
}

TEST_F(LiveEdit, WithoutEditsNothingIsChanged) {
  RunningProxy umbra(options({}));
  const Bytes bytes;
  TestClient client(umbra.port());
  client.send(bytes.sent);
  for (size_t i = 0; i < bytes.requests; ++i) EXPECT_EQ(support::status_of(client.read_answer()), 200U);
  client.close();
  EXPECT_EQ(at_app(0), bytes.sent);
}

}  // namespace
}  // namespace umbra::integration
