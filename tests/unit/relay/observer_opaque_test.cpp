// Where the observer stops following: with which reason, and that nothing is copied from there on.
#include "observer_fixture.h"

namespace umbra::relay {
namespace {

struct Row {
  std::string request;
  std::string answer;
  Opaque reason;
  const char* why;
};

TEST(ObserverOpaque, ReasonsAndThatNothingIsCopiedThen) {
  const std::string upgrade =
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  const std::string connect = "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n";
  for (const Row& row : {
           Row{upgrade, "HTTP/1.1 101 -\r\nUpgrade: websocket\r\n\r\n", Opaque::tunnel, "WebSocket"},
           Row{connect, "HTTP/1.1 200 -\r\n\r\n", Opaque::connect, "a tunnel"},
           Row{upgrade + "\x81\x05hello", "", Opaque::upgrade_pending, "frames before the answer"},
           Row{connect + "\x16\x03", "", Opaque::upgrade_pending, "a hello before the answer"},
           Row{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", Opaque::http2, "h2c with prior knowledge"},
           Row{"\x16\x03\x01", "", Opaque::tls, "TLS"},
           Row{"", "220 mail\r\n", Opaque::server_first, "SMTP"},
           Row{kGet, kOk + kOk, Opaque::server_first, "an answer too many"},
           Row{"SSH-2.0-OpenSSH\r\n", "", Opaque::bad_start_line, "no HTTP"},
           Row{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "", Opaque::bad_version, ""},
           Row{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "", Opaque::bad_field, ""},
           Row{"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "", Opaque::folded_field, ""},
           Row{"GET / HTTP/1.1\nHost: a\n\n", "", Opaque::bare_line_end, ""},
           Row{"GET / HTTP/1.1\r\n\r\n", "", Opaque::bad_host, ""},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "",
               Opaque::two_framings, ""},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "", Opaque::bad_length, ""},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "", Opaque::bad_coding, ""},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZ", "", Opaque::bad_chunk, ""},
           Row{"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70000, 'x'), "", Opaque::head_too_large, ""},
           Row{kGet, "HTTP/1.1 200 -\r\nContent-Length: x\r\n\r\n", Opaque::bad_answer, ""},
           Row{kGet, "HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\nZ", Opaque::bad_answer, ""},
           Row{kGet, "garbage", Opaque::bad_answer, ""},
       }) {
    Watch watch;
    RecordingTap tap;
    watch.tap = &tap;
    Observer observer(watch);
    const auto request = [&](const std::string& bytes) {
      Passing passing(bytes);
      observer.on_request_bytes(passing);
    };
    if (!row.request.empty()) request(row.request);
    if (!row.answer.empty()) observer.on_response_bytes(row.answer);
    const std::string why = std::string(name_of(row.reason)) + " " + row.why;
    EXPECT_TRUE(observer.opaque()) << why;
    EXPECT_EQ(watch.sessions.opaque[row.reason], 1u) << why;
    EXPECT_EQ(watch.sessions.opaque.sum(), 1u) << "one reason: " << why;
    EXPECT_EQ(watch.live.ended, watch.live.exchanges) << why;
    EXPECT_FALSE(observer.has_pending()) << why;
    const size_t before = tap.all.size();
    request(kGet);
    observer.on_response_bytes(kOk);
    observer.on_app_end();
    EXPECT_EQ(tap.all.size(), before) << why;
    EXPECT_EQ(watch.sessions.opaque.sum(), 1u) << "counted once: " << why;
  }
}

TEST_F(ObserverTest, ABodyThatTurnsOutToBeAmbiguousIsAborted) {
  request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  request("3\r\nabc\r\n");
  request("Z");
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_TRUE(tap.all[0].aborted);
  EXPECT_EQ(tap.all[0].why, Abort::opaque);
  EXPECT_FALSE(tap.all[0].complete);
}

TEST_F(ObserverTest, AnAmbiguousBodyInOneReadIsNotEvenBegun) {
  request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcZ");
  EXPECT_TRUE(tap.all.empty());
  EXPECT_EQ(opaque(Opaque::bad_chunk), 1u);
}

TEST_F(ObserverTest, WhatCameBeforeTheFaultWasCopied) {
  request(kGet + post("x") + "GET / HTTP/1.1\r\nHost : a\r\n\r\n" + kGet);
  EXPECT_EQ(tap.all.size(), 2u);
  EXPECT_EQ(opaque(Opaque::bad_field), 1u);
}

TEST_F(ObserverTest, ABodyUnderWayIsAbortedWhenTheAnswerIsNone) {
  request(post("hello").substr(0, 50));
  response("garbage");
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_TRUE(tap.all[0].aborted);
}

TEST_F(ObserverTest, AnUpgradeThatTheAppDeclinesGoesOnAsHttp) {
  request("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_EQ(tap.all[0].kind, RequestKind::upgrade);
  response("HTTP/1.1 426 -\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(observer->opaque());
  request(kGet);
  EXPECT_EQ(tap.all.size(), 2u);
  EXPECT_EQ(tap.all[1].kind, RequestKind::ordinary);
}

TEST_F(ObserverTest, AConnectThatTheAppDeclinesGoesOnAsHttp) {
  request("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n");
  EXPECT_EQ(tap.all[0].kind, RequestKind::connect);
  response("HTTP/1.1 405 -\r\nContent-Length: 2\r\n\r\nno");
  request(kGet);
  EXPECT_FALSE(observer->opaque());
  EXPECT_EQ(tap.all.size(), 2u);
}

TEST_F(ObserverTest, AnUpgradeWithABodyIsReadToItsEnd) {
  const std::string head =
      "POST /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 4\r\n\r\n";
  request(head + "bo");
  request("dy");
  EXPECT_FALSE(observer->opaque());
  EXPECT_EQ(tap.all[0].body, "body");
  request("\x01");
  EXPECT_EQ(opaque(Opaque::upgrade_pending), 1u);
}

TEST_F(ObserverTest, WhatDoesNotCountAsAnUpgrade) {
  request("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");                         // not listed
  request("GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");  // HTTP/1.0
  request("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n");                        // to what?
  ASSERT_EQ(tap.all.size(), 3u);
  for (const Heard& heard : tap.all) EXPECT_EQ(heard.kind, RequestKind::ordinary);
}

TEST_F(ObserverTest, TooManyPendingRequests) {
  for (size_t i = 0; i < kPendingMax; ++i) request(kGet);
  EXPECT_FALSE(observer->opaque());
  request(kGet);
  EXPECT_EQ(opaque(Opaque::too_many_pending), 1u);
  EXPECT_EQ(tap.all.size(), kPendingMax);
}

TEST_F(ObserverTest, ASteadyPipelineIsFollowedForEver) {
  for (int round = 0; round < 1000; ++round) {
    request(kGet + kGet);
    response(kOk + kOk);
  }
  EXPECT_FALSE(observer->opaque());
  EXPECT_EQ(watch.live.ended, 2000u);
}

}  // namespace
}  // namespace umbra::relay
