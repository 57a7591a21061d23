#include "relay_fixture.h"

namespace umbra::relay {
namespace {

using net::Peer;

TEST_F(RelayTest, BytesPassBothWaysAndEndsToo) {
  open_session();
  exchange();
  client.end_writing();
  turn();
  turn();
  EXPECT_EQ(app.read_error(), 0) << "half-close";
  app.send("more");
  EXPECT_EQ(read_at(client, 4), "more") << "the other half is open";
  app.close();
  EXPECT_TRUE(sessions_are(0));
  EXPECT_EQ(client.read_error(), 0);
}

TEST_F(RelayTest, AClientsResetIsAReset) {
  open_session();
  exchange();
  client.reset();
  EXPECT_TRUE(sessions_are(0));
  turn();
  EXPECT_EQ(app.read_error(), ECONNRESET);
  EXPECT_EQ(watch.sessions.client_resets, 1u);
}

TEST_F(RelayTest, AnAppsResetIsAReset) {
  open_session();
  exchange();
  app.reset();
  EXPECT_TRUE(sessions_are(0));
  turn();
  EXPECT_EQ(client.read_error(), ECONNRESET);
  EXPECT_EQ(watch.sessions.app_resets, 1u);
}

TEST_F(RelayTest, ATapIsShownTheClientsAddressAlsoWhenItAsksLate) {
  RecordingTap tap;
  watch.tap = &tap;
  for (const bool late : {false, true}) {
    tap.asks_for_client = !late;
    open_session();
    tap.asks_for_client = true;
    exchange();
    EXPECT_EQ(tap.all.back().client, "127.0.0.1");
    client.reset();
    EXPECT_TRUE(sessions_are(0));
  }
  watch.tap = nullptr;
}

// The session has the address in time also where the client is gone when its request is read.
TEST_F(RelayTest, ATapIsShownTheAddressOfAClientThatHasGone) {
  RecordingTap tap;
  tap.asks_for_client = true;
  watch.tap = &tap;
  open_session();
  client.send(kGet);
  client.reset();
  EXPECT_TRUE(sessions_are(0));
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_EQ(tap.all[0].client, "127.0.0.1");
  watch.tap = nullptr;
}

// A write to the app may meet the reset before a read does.  A cut answer must not look whole to the client
// for that.
TEST_F(RelayTest, AnAppsResetIsAResetAlsoWhenAWriteMeetsItFirst) {
  const std::string until_close = "HTTP/1.1 200 OK\r\n\r\nhalf of";
  for (const bool write_first : {true, false}) {
    open_session();
    client.send(kGet);
    EXPECT_EQ(read_at(app, kGet.size()), kGet);
    app.send(until_close);
    EXPECT_EQ(read_at(client, until_close.size()), until_close);
    if (write_first) client.send("x");
    app.reset();
    if (!write_first) client.send("x");
    EXPECT_TRUE(sessions_are(0));
    turn();
    EXPECT_EQ(client.read_error(), ECONNRESET) << "an orderly end would make the cut answer a whole one";
  }
}

// The other case: the app has answered and closed; what the client still sends meets a reset.  The answer
// is whole, and must arrive.
TEST_F(RelayTest, AnAnswerBeforeTheAppClosedArrivesThoughTheClientSendsOn) {
  open_session();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(5000, 'x'));
  static_cast<void>(read_at(app, 5000));
  const std::string refusal = "HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  app.send(refusal);
  app.close();
  client.send(std::string(5000, 'x'));
  EXPECT_EQ(read_at(client, refusal.size()), refusal);
}

TEST_F(RelayTest, DrainEndsIdleSessionsSoonAndStopsAccepting) {
  open_session();
  exchange();
  bool empty = false;
  relay->drain([&] { empty = true; });
  EXPECT_TRUE(turn_until([&] { return client.at_end() && app.at_end(); }));
  client.close();
  EXPECT_TRUE(turn_until([&] { return empty; }));
  const Peer late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(::connect(late.fd(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
}

// What has been sent before the order to drain is answered, though nobody had read it yet: on a connection
// that is new, and on one that was idle.
TEST_F(RelayTest, DrainAnswersWhatHasArrivedUnread) {
  for (const bool used : {false, true}) {
    start(0);
    open_session();
    if (used) exchange();
    client.send(kGet);
    bool empty = false;
    relay->drain([&] { empty = true; });
    EXPECT_EQ(read_at(app, kGet.size()), kGet) << used;
    app.send(kOk);
    EXPECT_EQ(read_at(client, kOk.size() + 19),
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    client.close();
    EXPECT_TRUE(turn_until([&] { return empty; })) << used;
  }
}

// Who has connected and said nothing yet is about to: a FIN would meet the first request.
TEST_F(RelayTest, DrainWaitsForAFirstRequest) {
  open_session();
  bool empty = false;
  relay->drain([&] { empty = true; });
  const Nanos later = monotonic_now() + 3 * Session::kLastWord;
  ASSERT_TRUE(turn_until([&] { return monotonic_now() > later; }));
  client.send(kGet);
  EXPECT_EQ(read_at(app, kGet.size()), kGet);
  app.send(kOk);
  EXPECT_EQ(read_at(client, kOk.size() + 19),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  client.close();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

TEST_F(RelayTest, DrainLetsAnExchangeFinishAndMarksItsAnswer) {
  open_session();
  client.send(kGet);
  EXPECT_EQ(read_at(app, kGet.size()), kGet);
  bool empty = false;
  relay->drain([&] { empty = true; });
  app.send(kOk);
  EXPECT_EQ(read_at(client, kOk.size() + 19),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  EXPECT_EQ(client.read_error(), 0) << "FIN behind the answer";
  client.close();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

// While it drains, the last answer goes to a client that reads slowly: the app's stream is gone when the
// client's queue falls, or breaks.
class RelayDrainingSlowly : public RelayTest {
 protected:
  void answer_more_than_the_kernel_takes() {
    open_session();
    client.send(kGet);
    EXPECT_EQ(read_at(app, kGet.size()), kGet);
    relay->drain([this] { empty = true; });
    const size_t size = 24u << 20;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    app.send(head);
    // The app writes as much as it can without waiting; the client reads only what it must for the rest to
    // come through, so that the queue is high when the answer ends.
    const std::string block(64 * 1024, 'x');
    size_t given = 0;
    const Nanos deadline = monotonic_now() + kPatience;
    while (watch.live.ended == 0 && monotonic_now() < deadline) {
      const size_t more = std::min(block.size(), size - given);
      const ssize_t n = more > 0 ? ::send(app.fd(), block.data(), more, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
      if (n > 0) given += static_cast<size_t>(n);
      turn();
      if (n <= 0 && watch.live.ended == 0) read += client.read_now().size();
    }
    EXPECT_EQ(watch.live.ended, 1u);
    expected = head.size() + 19 + size;
  }
  bool empty = false;
  size_t read = 0;
  size_t expected = 0;
};

TEST_F(RelayDrainingSlowly, AllOfItArrives) {
  answer_more_than_the_kernel_takes();
  EXPECT_TRUE(turn_until([&] {
    read += client.read_now().size();
    return read >= expected;
  })) << read
      << " of " << expected;
  EXPECT_EQ(read, expected);
  EXPECT_EQ(client.read_error(), 0);
  client.close();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

TEST_F(RelayDrainingSlowly, AClientThatGoesThenIsNoHarm) {
  answer_more_than_the_kernel_takes();
  client.reset();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

TEST_F(RelayTest, AClientThatCameInTheLastMomentIsServedOrLetGo) {
  for (const bool asks : {true, false}) {
    client = Peer::connect(port);
    if (asks) client.send(kGet);
    bool empty = false;
    relay->drain([&] { empty = true; });
    EXPECT_FALSE(empty) << "it had connected, and would be reset";
    turn();
    app = app_listener.accept();
    if (asks) {
      EXPECT_EQ(read_at(app, kGet.size()), kGet);
      app.send(kOk);
      EXPECT_TRUE(read_at(client, kOk.size() + 19).ends_with("Connection: close\r\n\r\nok"));
    }
    EXPECT_TRUE(turn_until([&] { return watch.sessions.closed > 0 || client.at_end(); }));
    client.close();
    EXPECT_TRUE(turn_until([&] { return empty; }));
    relay.reset();
    turn();
    start(0);
  }
}

TEST_F(RelayTest, SessionsMaxPausesAcceptingAndResumes) {
  relay.reset();
  turn();
  start(2);
  std::vector<Peer> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(Peer::connect(port));
  ASSERT_TRUE(turn_until([&] { return relay->sessions() == 2; }));
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(watch.sessions.opened, 2u);
  EXPECT_EQ(relay->times_accepting_paused(), 1u);
  clients[0].send(kGet);
  app = app_listener.accept();
  EXPECT_EQ(read_at(app, kGet.size()), kGet) << "sessions that are there go on";
  clients[1].reset();
  EXPECT_TRUE(turn_until([&] { return watch.sessions.opened == 3; }));
}

TEST_F(RelayTest, WithoutAnAppAnHttpClientGets502) {
  app_listener.close();
  client = Peer::connect(port);
  client.send(kGet);
  const std::string answer = read_at(client, 100);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), answer.npos) << answer;
  EXPECT_EQ(client.read_error(), 0);
  EXPECT_EQ(watch.sessions.app_connect_failed, 1u);
}

TEST_F(RelayTest, WithoutAnAppAHeadGetsNoBody) {
  app_listener.close();
  client = Peer::connect(port);
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = read_at(client, 60);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(RelayTest, WithoutAnAppOthersAreClosed) {
  app_listener.close();
  client = Peer::connect(port);
  client.send("\x16\x03\x01\x02");
  EXPECT_TRUE(turn_until([&] { return watch.sessions.closed == 1; }));
  turn();
  EXPECT_LE(client.read_error(), ECONNRESET);
}

}  // namespace
}  // namespace umbra::relay
