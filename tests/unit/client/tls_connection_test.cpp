// A client connection over TLS, and the server's side of it, in one loop.
#include <gtest/gtest.h>

#include "net/tls_fixture.h"
#include "umbra/client/pool.h"

namespace umbra::client {
namespace {

using net::Peer;
using net::TlsTest;

class TlsConnectionTest : public TlsTest, public ConnectionHost {
 protected:
  void TearDown() override {
    pool.reset();
    TlsTest::TearDown();
  }
  // Opens a connection; true: it is ready, and so is the server's stream.
  bool connect(Nanos timeout = kPatience) {
    pool =
        std::make_unique<Pool>(*loop, net::Address{net::Address::Kind::tcp, "127.0.0.1", listener.port(), ""},
                               *this, PoolOptions{1, timeout, client_context});
    pool->open();
    accept();
    EXPECT_TRUE(turn_until([&] { return connection != nullptr || closes > 0; }));
    EXPECT_TRUE(connection == nullptr || turn_until([&] { return server.settled(); }));
    if (server.stream) server.stream->start_reading();
    return connection != nullptr;
  }
  virtual void accept() {
    const int fd = listener.accept().release();
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    server_fd = fd;
    begin(server, adopt(fd), server_context);
  }
  void reconnect() {
    forget();
    connection = nullptr;
    closes = 0;
    answers.clear();
    ASSERT_TRUE(connect());
  }
  void hand(std::string_view bytes) {
    Request request;
    request.bytes = {Chunk::copy_of(bytes), 0, bytes.size()};
    connection->hand(std::move(request), monotonic_now());
    connection->flush(monotonic_now());
  }
  bool closed() {
    return turn_until([&] { return closes == 1; });
  }

  http::Head& head_scratch() override { return head; }
  void on_ready(Connection& ready) override {
    pool->on_settled(ready);
    connection = &ready;
  }
  void on_answered(Connection&, Request&, const Answer& answer) override { answers.push_back(answer); }
  void on_sent(Connection&, size_t) override {}
  void on_received(size_t) override {}
  void on_needs_flush(Connection& asking) override { asking.flush(monotonic_now()); }
  void on_closed(Connection& closed_connection, CloseReason why) override {
    ++closes;
    reason = why;
    failure = closed_connection.failure();
    lost = closed_connection.take_unanswered().size();
    connection = nullptr;
    pool->bury(closed_connection);
  }

  Peer listener = Peer::listen();
  http::Head head;
  std::unique_ptr<Pool> pool;
  Connection* connection = nullptr;
  std::vector<Answer> answers;
  int closes = 0;
  CloseReason reason = CloseReason::answered;
  std::string failure;
  size_t lost = 0;
  int server_fd = -1;  // of the server's stream
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(TlsConnectionTest, RequestsAreAnswered) {
  ASSERT_TRUE(connect());
  for (size_t i = 1; i <= 3; ++i) {
    hand(kGet);
    ASSERT_TRUE(turn_until([&] { return server.ear.bytes == kGet; }));
    server.ear.bytes.clear();
    server.try_write(kOk);
    ASSERT_TRUE(turn_until([&] { return answers.size() == i; }));
    EXPECT_TRUE(answers.back().keeps_alive);
  }
  pool->close_all();
  EXPECT_TRUE(turn_until([&] { return server.ear.ends + server.ear.failures > 0; }));
  EXPECT_EQ(server.ear.ends, 1) << "an idle one is closed with close_notify";
}

TEST_F(TlsConnectionTest, TheNextOneResumes) {
  for (const bool resumed : {false, true}) {
    ASSERT_TRUE(connect());
    EXPECT_EQ(server.tls().resumed(), resumed);
    hand(kGet);
    server.try_write(kOk);
    ASSERT_TRUE(turn_until([&] { return answers.size() == 1; }));
    answers.clear();
    connection = nullptr;
    pool->close_all();
    forget();
  }
}

TEST_F(TlsConnectionTest, ACertificateThatIsNotTheServersFailsTheConnect) {
  client_context = context(client_options("example.org"), net::TlsSide::client);
  EXPECT_FALSE(connect());
  EXPECT_EQ(reason, CloseReason::connect_tls);
  EXPECT_EQ(failure, "certificate: hostname mismatch");
  EXPECT_EQ(pool->connecting(), 0u);
  EXPECT_EQ(pool->size(), 0u);
  EXPECT_TRUE(turn_until([&] { return server.settled(); }));
  EXPECT_EQ(server.ear.bytes, "");
}

TEST_F(TlsConnectionTest, AnAnswerThatEndsWithTheConnectionNeedsItsCloseNotify) {
  constexpr std::string_view answer = "HTTP/1.1 200 OK\r\n\r\nall of it";
  ASSERT_TRUE(connect());
  hand(kGet);
  ASSERT_TRUE(turn_until([&] { return server.ear.bytes == kGet; }));
  server.try_write(answer);
  server.stream->end_writing();
  ASSERT_TRUE(closed());
  EXPECT_EQ(reason, CloseReason::answered);
  ASSERT_EQ(answers.size(), 1u);

  reconnect();
  hand(kGet);
  ASSERT_TRUE(turn_until([&] { return server.ear.bytes == kGet; }));
  server.try_write(answer);
  for (int i = 0; i < 3; ++i) turn();
  ::shutdown(server_fd, SHUT_WR);  // no close_notify
  ASSERT_TRUE(closed());
  EXPECT_EQ(reason, CloseReason::reset);
  EXPECT_TRUE(answers.empty()) << "it may have been cut";
  EXPECT_EQ(lost, 1u);
}

TEST_F(TlsConnectionTest, ATlsFaultLaterIsNoFailureToConnect) {
  ASSERT_TRUE(connect());
  hand(kGet);
  ASSERT_TRUE(turn_until([&] { return server.ear.bytes == kGet; }));
  EXPECT_EQ(::send(server_fd, "HTTP/1.1 200 OK\r\n\r\n", 19, MSG_NOSIGNAL), 19);
  ASSERT_TRUE(closed());
  EXPECT_EQ(reason, CloseReason::tls);
  EXPECT_NE(failure, "");
  EXPECT_EQ(lost, 1u);
}

TEST_F(TlsConnectionTest, AHalfSentRequestIsCutNotEnded) {
  ASSERT_TRUE(connect());
  Request post;
  const std::string_view bytes = "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 6\r\n\r\nabc";
  post.bytes = {Chunk::copy_of(bytes), 0, bytes.size()};
  post.body = std::make_shared<StreamedBody>();
  connection->hand(std::move(post), monotonic_now());
  connection->flush(monotonic_now());
  ASSERT_TRUE(turn_until([&] { return server.ear.bytes == bytes; }));
  connection = nullptr;
  pool->close_all();
  ASSERT_TRUE(turn_until([&] { return server.ear.failures + server.ear.ends > 0; }));
  EXPECT_EQ(server.ear.ends, 0) << "the shadow must not take it for the whole";
}

TEST_F(TlsConnectionTest, LargeBodiesPass) {
  ASSERT_TRUE(connect());
  const std::string block(1 << 20, 'x');
  Request post;
  const std::string_view head_bytes = "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 8388608\r\n\r\n";
  post.bytes = {Chunk::copy_of(head_bytes), 0, head_bytes.size()};
  auto body = post.body = std::make_shared<StreamedBody>();
  for (int i = 0; i < 8; ++i) body->waiting.push({Chunk::copy_of(block), 0, block.size()});
  body->ended = true;
  connection->hand(std::move(post), monotonic_now());
  connection->flush(monotonic_now());
  const size_t whole = head_bytes.size() + 8 * block.size();
  ASSERT_TRUE(turn_until([&] { return server.ear.bytes.size() >= whole; }));
  EXPECT_EQ(server.ear.bytes.size(), whole);
  server.try_write(kOk);
  EXPECT_TRUE(turn_until([&] { return answers.size() == 1; }));
}

class SilentServerTest : public TlsConnectionTest {
 protected:
  void accept() override { peer = listener.accept(); }
  Peer peer;
};

TEST_F(SilentServerTest, TheConnectTimeoutCoversTheHandshake) {
  EXPECT_FALSE(connect(100 * kMillisecond));
  EXPECT_EQ(reason, CloseReason::connect_timeout);
}

TEST_F(SilentServerTest, ItMayBeClosedWithinTheHandshake) {
  pool =
      std::make_unique<Pool>(*loop, net::Address{net::Address::Kind::tcp, "127.0.0.1", listener.port(), ""},
                             *this, PoolOptions{1, kPatience, client_context});
  pool->open();
  accept();
  std::string hello;
  ASSERT_TRUE(turn_until([&] {
    hello += peer.read_now();
    return !hello.empty();
  }));
  pool->close_all();
  turn();
  EXPECT_EQ(closes, 0);
}

}  // namespace
}  // namespace umbra::client
