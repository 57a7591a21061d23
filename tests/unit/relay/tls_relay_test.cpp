// A relay whose clients speak TLS: the app and the observer see plain bytes.
#include <gtest/gtest.h>

#include "net/tls_fixture.h"
#include "umbra/relay/relay.h"

namespace umbra::relay {
namespace {

using net::Peer;
using net::TlsTest;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class TlsRelayTest : public TlsTest {
 protected:
  void SetUp() override {
    TlsTest::SetUp();
    relay = std::make_unique<Relay>(
        *loop, Options{{net::Address::Kind::tcp, "127.0.0.1", app_listener.port(), ""}, 0}, watch, log);
    relay->set_tls(server_context);
    auto socket = net::ListenSocket::open({net::Address::Kind::tcp, "127.0.0.1", 0, ""}, false);
    ASSERT_TRUE(socket);
    port = socket->address().port;
    ASSERT_TRUE(relay->listen(std::move(*socket)));
  }
  void TearDown() override {
    relay->cut();
    relay.reset();
    turn();
    EXPECT_EQ(watch.sessions.opened, watch.sessions.closed);
    EXPECT_EQ(watch.live.exchanges, watch.live.ended);
    TlsTest::TearDown();
  }
  // A client in its handshake.
  void arrive() {
    client_fd = Peer::connect(port).release();
    ::fcntl(client_fd, F_SETFL, ::fcntl(client_fd, F_GETFL) | O_NONBLOCK);
    begin(client, adopt(client_fd), client_context);
  }
  void open_session() {
    arrive();
    ASSERT_TRUE(turn_until([&] { return client.settled(); }));
    ASSERT_TRUE(client.stream) << client.error->detail;
    client.stream->start_reading();
    ASSERT_TRUE(turn_until([&] { return relay->sessions() == 1; }));
    app = app_listener.accept();
  }
  std::string read_at_app(size_t size) {
    std::string all;
    EXPECT_TRUE(turn_until([&] {
      all += app.read_now();
      return all.size() >= size;
    }));
    return all;
  }
  void exchange() {
    EXPECT_EQ(client.try_write(kGet), kGet.size());
    EXPECT_EQ(read_at_app(kGet.size()), kGet);
    app.send(kOk);
    ASSERT_TRUE(turn_until([&] { return client.ear.bytes == kOk; }));
    client.ear.bytes.clear();
  }
  // The answer says that it is the last.
  void exchange_while_draining() {
    client.try_write(kGet);
    EXPECT_EQ(read_at_app(kGet.size()), kGet);
    app.send(kOk);
    EXPECT_TRUE(turn_until([&] { return client.ear.bytes.find("Connection: close") != std::string::npos; }));
  }
  bool over() {
    return turn_until([&] { return watch.sessions.opened == watch.sessions.closed; });
  }

  Log log{LogLevel::off, LogFormat::text, STDERR_FILENO};
  Peer app_listener = Peer::listen();
  Watch watch;
  std::unique_ptr<Relay> relay;
  uint16_t port = 0;
  int client_fd = -1;
  Peer app;
};

TEST_F(TlsRelayTest, TheAppAndTheObserverSeePlainBytes) {
  open_session();
  for (int i = 0; i < 3; ++i) exchange();
  EXPECT_EQ(watch.live.exchanges, 3u);
  EXPECT_EQ(watch.live.ended, 3u);
  EXPECT_EQ(watch.sessions.opaque.sum(), 0u);
  app.close();
  ASSERT_TRUE(turn_until([&] { return client.ear.ends == 1; })) << "close_notify";
  client.stream->end_writing();
  client.stream.reset();
  EXPECT_TRUE(over());
  EXPECT_EQ(watch.sessions.client_resets + watch.sessions.app_resets, 0u);
}

TEST_F(TlsRelayTest, LargeBodiesPassBothWays) {
  open_session();
  const std::string body(3'000'000, 'b');
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body;
  std::string_view rest = post;
  std::string at_app;
  ASSERT_TRUE(turn_until([&] {
    if (!rest.empty()) rest.remove_prefix(client.try_write(rest));
    at_app += app.read_now();
    return at_app.size() >= post.size();
  }));
  EXPECT_TRUE(at_app == post);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body;
  std::string_view left = answer;
  ASSERT_TRUE(turn_until([&] {
    const ssize_t n = ::send(app.fd(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) left.remove_prefix(static_cast<size_t>(n));
    return client.ear.bytes.size() >= answer.size();
  }));
  EXPECT_TRUE(client.ear.bytes == answer);
  EXPECT_EQ(watch.live.ended, 1u);
}

TEST_F(TlsRelayTest, HalfCloseTravels) {
  open_session();
  client.try_write(kGet);
  client.stream->end_writing();
  EXPECT_EQ(read_at_app(kGet.size()), kGet);
  ASSERT_TRUE(turn_until([&] { return app.at_end(); }));
  app.send(kOk);
  app.close();
  ASSERT_TRUE(turn_until([&] { return client.ear.ends == 1; }));
  EXPECT_EQ(client.ear.bytes, kOk);
  EXPECT_TRUE(over());
}

TEST_F(TlsRelayTest, ACutUploadIsAResetAtTheApp) {
  open_session();
  client.try_write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
  read_at_app(50);
  ::shutdown(client_fd, SHUT_WR);  // no close_notify
  EXPECT_TRUE(over());
  turn();
  EXPECT_EQ(app.read_error(), ECONNRESET);
  EXPECT_EQ(watch.sessions.client_resets, 1u);
}

// RFC 9112, section 9.8: servers should be prepared for clients that go without their close_notify.
TEST_F(TlsRelayTest, BetweenExchangesAnEndWithoutCloseNotifyIsAnEnd) {
  open_session();
  exchange();
  ::shutdown(client_fd, SHUT_WR);
  ASSERT_TRUE(turn_until([&] { return app.at_end(); }));
  app.close();
  EXPECT_TRUE(over());
  EXPECT_EQ(watch.sessions.client_resets, 0u);
}

TEST_F(TlsRelayTest, AClientInTheClearIsClosedWithoutAnAnswer) {
  const Peer plain = Peer::connect(port);
  plain.send(kGet);
  ASSERT_TRUE(turn_until([&] { return watch.sessions.closed == 1; }));
  turn();
  EXPECT_EQ(plain.read_all().find("HTTP"), std::string::npos);
  EXPECT_EQ(watch.sessions.client_resets, 1u);
  EXPECT_EQ(relay->sessions(), 0u);
}

TEST_F(TlsRelayTest, ANewContextIsForNewSessions) {
  open_session();
  relay->set_tls(
      context(server_options(root().issue("renewed", {.names = "DNS:renewed"})), net::TlsSide::server));
  exchange();
  Side second;
  auto renewed = context(client_options("renewed"), net::TlsSide::client);
  const int fd = Peer::connect(port).release();
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  begin(second, adopt(fd), renewed);
  ASSERT_TRUE(turn_until([&] { return second.settled(); }));
  EXPECT_TRUE(second.stream) << second.error->detail;
}

TEST_F(TlsRelayTest, DrainingLetsAHandshakeFinish) {
  arrive();
  ASSERT_TRUE(turn_until([&] { return watch.sessions.opened == 1; }));
  ASSERT_EQ(relay->sessions(), 0u);
  bool empty = false;
  relay->drain([&] { empty = true; });
  EXPECT_FALSE(empty);
  ASSERT_TRUE(turn_until([&] { return relay->sessions() == 1; }));
  ASSERT_TRUE(turn_until([&] { return client.settled(); }));
  ASSERT_TRUE(client.stream);
  client.stream->start_reading();
  app = app_listener.accept();
  exchange_while_draining();
  EXPECT_TRUE(turn_until([&] { return client.ear.ends == 1; }));
  client.stream->end_writing();
  EXPECT_TRUE(turn_until([&] { return empty; }));
}

TEST_F(TlsRelayTest, CuttingEndsHandshakesToo) {
  const Peer silent = Peer::connect(port);
  ASSERT_TRUE(turn_until([&] { return watch.sessions.opened == 1; }));
  bool empty = false;
  relay->drain([&] { empty = true; });
  relay->cut();
  EXPECT_TRUE(empty);
  EXPECT_EQ(watch.sessions.client_resets, 1u);
}

TEST_F(TlsRelayTest, AHandshakeThatNeverEndsIsNotWaitedFor) {
  size_t lost = 0;
  Arrivals arrivals(
      *loop, [](std::unique_ptr<net::Stream>) { FAIL(); }, [&] { ++lost; });
  auto [fd, silent] = net::tcp_pair();
  arrivals.take(adopt(fd), server_context, 50 * kMillisecond);
  EXPECT_EQ(arrivals.size(), 1u);
  EXPECT_TRUE(turn_until([&] { return lost == 1; }));
  EXPECT_EQ(arrivals.size(), 0u);
  turn();
  EXPECT_EQ(silent.read_error(), 0);
}

}  // namespace
}  // namespace umbra::relay
