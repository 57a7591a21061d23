// What a session shows of its connection, and what it changes on request: PROXY headers and edited heads.
#include "relay_fixture.h"
#include "umbra/relay/proxy_protocol.h"

namespace umbra::relay {
namespace {

using net::Peer;

// What a SessionTap heard.
struct Connection {
  std::string bytes;
  bool ended = false;
  bool over = false;
  bool aborted = false;
};

class ConnectionTap final : public Tap {
 public:
  Taken on_request(const RequestSeen& request) noexcept override {
    clients.emplace_back(request.client);
    return {};
  }
  bool wants_client() const noexcept override { return true; }
  std::unique_ptr<SessionTap> on_session() noexcept override {
    if (!interested) return nullptr;
    heard.push_back(std::make_unique<Connection>());
    return std::make_unique<One>(*heard.back());
  }

  std::vector<std::unique_ptr<Connection>> heard;
  std::vector<std::string> clients;
  bool interested = true;

 private:
  class One final : public SessionTap {
   public:
    explicit One(Connection& into) : into_(into) {}
    ~One() override { EXPECT_TRUE(into_.over) << "left without a last word"; }
    void on_client_bytes(Passing& passing) noexcept override {
      EXPECT_FALSE(into_.ended || into_.over);
      EXPECT_FALSE(passing.view().empty());
      into_.bytes += passing.view();
    }
    void on_client_end() noexcept override {
      EXPECT_FALSE(into_.ended || into_.over);
      into_.ended = true;
    }
    void on_over(bool aborted) noexcept override {
      EXPECT_FALSE(into_.over);
      into_.over = true;
      into_.aborted = aborted;
    }

   private:
    Connection& into_;
  };
};

class SessionTest : public RelayTest {
 protected:
  void SetUp() override { watch.tap = &tap; }
  // A client; its session has begun, but its app may not be connected.
  void come() {
    client = Peer::connect(port);
    const uint64_t before = watch.sessions.opened;
    ASSERT_TRUE(turn_until([&] { return watch.sessions.opened == before + 1; }));
  }
  void app_accepts() {
    ASSERT_TRUE(turn_until([&] { return !watch.tap || !tap.heard.empty(); }));
    app = app_listener.accept();
  }
  Connection& heard() { return *tap.heard.back(); }

  ConnectionTap tap;
};

TEST_F(SessionTest, TheTapHearsWhatTheAppGetsHttpOrNot) {
  start(0);
  open_session();
  const std::string bytes("\0\x01\xff not HTTP\r\n", 14);
  client.send(bytes);
  EXPECT_EQ(read_at(app, bytes.size()), bytes);
  EXPECT_EQ(heard().bytes, bytes);
  app.send("answer");
  EXPECT_EQ(read_at(client, 6), "answer");
  client.end_writing();
  EXPECT_TRUE(turn_until([&] { return heard().ended; }));
  EXPECT_FALSE(heard().over) << "the app may still speak";
  app.close();
  EXPECT_TRUE(sessions_are(0));
  EXPECT_TRUE(heard().over);
  EXPECT_FALSE(heard().aborted);
  EXPECT_EQ(heard().bytes, bytes);
}

TEST_F(SessionTest, ItHearsThatTheAppSpokeLast) {
  start(0);
  open_session();
  app.close();
  EXPECT_TRUE(turn_until([&] { return client.at_end(); }));
  EXPECT_FALSE(heard().over) << "the client may still speak";
  client.close();
  EXPECT_TRUE(sessions_are(0));
  EXPECT_TRUE(heard().ended && heard().over);
  EXPECT_FALSE(heard().aborted);
}

TEST_F(SessionTest, AResetOfEitherSideAbortsIt) {
  start(0);
  for (const bool by_client : {true, false}) {
    open_session();
    client.send("x");
    EXPECT_EQ(read_at(app, 1), "x");
    (by_client ? client : app).reset();
    EXPECT_TRUE(sessions_are(0));
    EXPECT_TRUE(heard().over && heard().aborted) << by_client;
  }
}

TEST_F(SessionTest, SoDoesTheRelaysEnd) {
  start(0);
  open_session();
  relay->cut();
  EXPECT_TRUE(heard().over && heard().aborted);
}

TEST_F(SessionTest, ATapThatIsNotInterestedIsNoHarm) {
  tap.interested = false;
  start(0);
  open_session();
  exchange();
}

TEST_F(SessionTest, WithoutAnAppThereIsNothingToCopy) {
  start(0);
  app_listener.close();
  come();
  client.send(kGet);
  EXPECT_NE(read_at(client, 100).find(" 502 "), std::string::npos);
  EXPECT_TRUE(tap.heard.empty());
}

// ---- PROXY headers ----

const std::string kAnnounced = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n";

class AcceptsProxy : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    start(0, {.accept = ProxyProtocol::any});
  }
};

TEST_F(AcceptsProxy, TheHeaderIsTakenOffAndNamesTheClient) {
  for (const std::string& header :
       {kAnnounced, write_proxy_header(ProxyProtocol::v2, {"192.0.2.7:4711", "192.0.2.1:80", false})}) {
    for (size_t cut = 0; cut <= header.size(); cut += 7) {
      tap.heard.clear();
      come();
      if (cut > 0) client.send(header.substr(0, cut));
      turn();
      EXPECT_TRUE(tap.heard.empty()) << "the app is connected when it is known for whom";
      client.send(header.substr(cut) + kGet);
      app_accepts();
      EXPECT_EQ(read_at(app, kGet.size()), kGet) << cut;
      EXPECT_EQ(heard().bytes, kGet);
      EXPECT_EQ(tap.clients.back(), "192.0.2.7");
      client.send(kGet);
      EXPECT_EQ(read_at(app, kGet.size()), kGet) << "and so it goes on";
      client.reset();
      EXPECT_TRUE(sessions_are(0));
    }
  }
  EXPECT_EQ(watch.sessions.proxy_protocol_refused, 0u);
}

TEST_F(AcceptsProxy, TheServerMaySpeakFirst) {
  come();
  client.send(kAnnounced);
  app_accepts();
  app.send("220 mail\r\n");
  EXPECT_EQ(read_at(client, 10), "220 mail\r\n");
}

TEST_F(AcceptsProxy, AHealthCheckIsTheBalancersOwnConnection) {
  come();
  client.send("PROXY UNKNOWN\r\n" + kGet);
  app_accepts();
  EXPECT_EQ(read_at(app, kGet.size()), kGet);
  EXPECT_EQ(tap.clients.back(), "127.0.0.1");
}

TEST_F(AcceptsProxy, ABadOrMissingHeaderEndsTheSessionBeforeTheAppHearsOfIt) {
  uint64_t refused = 0;
  for (const std::string& bytes : {kGet, std::string("PROXY TCP4 1 2 3 4\r\n"), std::string("P\r\n")}) {
    come();
    client.send(bytes);
    EXPECT_TRUE(sessions_are(0)) << bytes;
    EXPECT_EQ(watch.sessions.proxy_protocol_refused, ++refused);
    turn();
    static_cast<void>(client.read_error());  // an end or a reset, but no bytes
  }
  for (const std::string& bytes : {std::string(), kAnnounced.substr(0, 9)}) {
    come();
    if (!bytes.empty()) client.send(bytes);
    client.end_writing();
    EXPECT_TRUE(sessions_are(0)) << bytes;
    EXPECT_EQ(watch.sessions.proxy_protocol_refused, ++refused);
  }
  come();
  client.reset();
  EXPECT_TRUE(sessions_are(0));
  EXPECT_EQ(watch.sessions.client_resets, 1u);
  EXPECT_EQ(watch.sessions.proxy_protocol_refused, refused);
  EXPECT_TRUE(tap.heard.empty());
}

TEST_F(AcceptsProxy, WithoutAnAppTheRequestBehindTheHeaderIsAnswered) {
  app_listener.close();
  come();
  client.send(kAnnounced + kGet);
  EXPECT_NE(read_at(client, 100).find(" 502 "), std::string::npos);
}

TEST_F(AcceptsProxy, ADrainingRelayWaitsForTheHeaderAndTheRequest) {
  come();
  bool empty = false;
  relay->drain([&] { empty = true; });
  client.send(kAnnounced + kGet);
  app_accepts();
  EXPECT_EQ(read_at(app, kGet.size()), kGet);
  app.send(kOk);
  EXPECT_TRUE(read_at(client, kOk.size() + 19).ends_with("Connection: close\r\n\r\nok"));
  client.close();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

TEST_F(SessionTest, TheAppIsSentAHeaderBeforeAllElse) {
  for (const ProxyProtocol version : {ProxyProtocol::v1, ProxyProtocol::v2}) {
    if (relay) relay->cut();
    relay.reset();
    turn();
    start(0, {.send = version});
    open_session();
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ASSERT_EQ(::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    const std::string header = write_proxy_header(
        version,
        {"127.0.0.1:" + std::to_string(ntohs(own.sin_port)), "127.0.0.1:" + std::to_string(port), false});
    EXPECT_EQ(read_at(app, header.size()), header) << "before the client has said anything";
    exchange();
    EXPECT_EQ(heard().bytes, header + kGet) << "what the app got";
  }
}

TEST_F(SessionTest, WhatABalancerSaidIsPassedOn) {
  start(0, {.accept = ProxyProtocol::v1, .send = ProxyProtocol::v2});
  come();
  client.send(kAnnounced + kGet);
  app_accepts();
  const std::string header = write_proxy_header(ProxyProtocol::v2, {"192.0.2.7:4711", "192.0.2.1:80", false});
  EXPECT_EQ(read_at(app, header.size() + kGet.size()), header + kGet);
}

// ---- edited heads ----

const std::string kEdited =
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n";

class EditsHeads : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    start(0, {.forwarded_append = true});
  }
};

TEST_F(EditsHeads, TheAppGetsThemEditedAndSoDoTheCopies) {
  open_session();
  client.send(kGet + kGet);
  EXPECT_EQ(read_at(app, 2 * kEdited.size()), kEdited + kEdited);
  EXPECT_EQ(heard().bytes, kEdited + kEdited);
  EXPECT_EQ(watch.live.exchanges, 2u);
}

TEST_F(EditsHeads, AHeadInPiecesComesWhole) {
  open_session();
  client.send(kGet.substr(0, 20));
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(app.read_now(), "");
  client.send(kGet.substr(20));
  EXPECT_EQ(read_at(app, kEdited.size()), kEdited);
}

TEST_F(EditsHeads, AHeadThatNeverEndsPassesWithTheFin) {
  open_session();
  client.send(kGet.substr(0, 20));
  client.end_writing();
  EXPECT_EQ(read_at(app, 20), kGet.substr(0, 20));
  turn();
  EXPECT_EQ(app.read_error(), 0);
  EXPECT_EQ(heard().bytes, kGet.substr(0, 20));
  EXPECT_TRUE(heard().ended);
  EXPECT_EQ(watch.sessions.live_unedited, 1u);
}

TEST_F(EditsHeads, WhenTheServerSpeaksFirstWhatIsHeldPasses) {
  open_session();
  client.send("EHLO");
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(app.read_now(), "") << "it may become a request";
  app.send("220 mail\r\n");
  EXPECT_EQ(read_at(client, 10), "220 mail\r\n");
  EXPECT_EQ(read_at(app, 4), "EHLO");
  client.send(" a\r\n");
  EXPECT_EQ(read_at(app, 4), " a\r\n");
  EXPECT_EQ(watch.sessions.live_unedited, 1u);
}

TEST_F(EditsHeads, BehindAnUpgradeBytesPassAsTheyAre) {
  open_session();
  const std::string upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";
  client.send(upgrade + "\r\n");
  const size_t added = kEdited.size() - kGet.size();
  EXPECT_EQ(read_at(app, upgrade.size() + 2 + added).substr(0, upgrade.size()), upgrade);
  const std::string switched = "HTTP/1.1 101 -\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
  app.send(switched);
  EXPECT_EQ(read_at(client, switched.size()), switched);
  client.send(kGet);
  EXPECT_EQ(read_at(app, kGet.size()), kGet) << "a frame that looks like a request";
  EXPECT_EQ(watch.sessions.live_unedited, 0u);
}

TEST_F(EditsHeads, BehindAnUpgradeThatTheAppDeclinedRequestsAreEditedOn) {
  open_session();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_TRUE(turn_until([&] { return !app.read_now().empty(); }));
  app.send(kOk);
  EXPECT_EQ(read_at(client, kOk.size()), kOk);
  client.send(kGet);
  EXPECT_EQ(read_at(app, kEdited.size()), kEdited);
}

TEST_F(EditsHeads, ADrainingSessionWaitsForAHeadThatIsHeld) {
  open_session();
  client.send(kGet.substr(0, 10));
  for (int i = 0; i < 10; ++i) turn();
  bool empty = false;
  relay->drain([&] { empty = true; });
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(relay->sessions(), 1u) << "a request is coming";
  client.send(kGet.substr(10));
  EXPECT_EQ(read_at(app, kEdited.size()), kEdited);
  app.send(kOk);
  EXPECT_TRUE(read_at(client, kOk.size() + 19).ends_with("Connection: close\r\n\r\nok"));
  client.close();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

TEST_F(SessionTest, AClientBehindABalancerIsTheOneThatIsForwarded) {
  start(0, {.forwarded_append = true, .accept = ProxyProtocol::v2});
  come();
  const std::string tls("\x20\x00\x05\x01\x00\x00\x00\x00", 8);
  std::string header =
      write_proxy_header(ProxyProtocol::v2, {"[2001:db8::7]:4711", "[2001:db8::1]:80", false});
  header[15] = static_cast<char>(header[15] + static_cast<char>(tls.size()));
  client.send(header + tls + kGet);
  app_accepts();
  const std::string expected =
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: https\r\n\r\n";
  EXPECT_EQ(read_at(app, expected.size()), expected);
}

}  // namespace
}  // namespace umbra::relay
