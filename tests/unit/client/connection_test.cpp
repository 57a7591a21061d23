// A client connection against a plain socket, in one thread: what goes out, what comes back, how it ends.
#include "umbra/client/connection.h"

#include <gtest/gtest.h>

#include "net/loop_fixture.h"

namespace umbra::client {
namespace {

using net::LoopTest;
using net::Peer;

class ConnectionTest : public LoopTest, public ConnectionHost {
 protected:
  void SetUp() override { connect(); }
  void connect() {
    resolver = std::make_unique<net::Resolver>(
        *loop, net::Address{net::Address::Kind::tcp, "127.0.0.1", listener.port(), ""});
    connection = std::make_unique<Connection>(*loop, *resolver, *this, kSecond);
    ASSERT_TRUE(turn_until([&] { return ready; }));
    shadow = listener.accept();
  }
  void TearDown() override {
    connection.reset();
    resolver.reset();
    LoopTest::TearDown();
  }

  http::Head& head_scratch() override { return head; }
  void on_ready(Connection&) override { ready = true; }
  void on_answered(Connection&, Request& request, const Answer& answer) override {
    answers.push_back(answer);
    charges.push_back(request.charge);
    locations.emplace_back(answer.location);
  }
  void on_sent(Connection&, size_t bytes) override { sent += bytes; }
  void on_received(size_t bytes) override { bytes_received += bytes; }
  void on_needs_flush(Connection&) override { needs_flush = true; }
  void on_closed(Connection& closed_connection, CloseReason why) override {
    EXPECT_TRUE(closed_connection.closed());
    ++closes;
    reason = why;
    lost = closed_connection.take_unanswered().size();
  }

  Request request(std::string_view bytes, bool head_method = false) {
    Request made;
    made.bytes = {Chunk::copy_of(bytes), 0, bytes.size()};
    made.head_method = head_method;
    made.charge = ++next_charge;
    return made;
  }
  void hand_and_flush(Request made) {
    connection->hand(std::move(made), monotonic_now());
    flush();
  }
  void flush() {
    EXPECT_TRUE(std::exchange(needs_flush, false));
    connection->flush(monotonic_now());
  }
  bool answered(size_t count) {
    return turn_until([&] { return answers.size() >= count || closes > 0; }) && answers.size() == count;
  }
  bool closed() {
    return turn_until([&] {
      if (std::exchange(needs_flush, false)) connection->flush(monotonic_now());
      return closes == 1;
    });
  }

  Peer listener = Peer::listen();
  Peer shadow;
  http::Head head;
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<Connection> connection;
  std::vector<Answer> answers;
  std::vector<uint32_t> charges;
  std::vector<std::string> locations;
  uint32_t next_charge = 0;
  size_t sent = 0;
  size_t bytes_received = 0;
  size_t lost = 0;
  int closes = 0;
  CloseReason reason = CloseReason::answered;
  bool ready = false;
  bool needs_flush = false;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(ConnectionTest, NothingIsWrittenBeforeFlush) {
  connection->hand(request(kGet), monotonic_now());
  connection->hand(request(kGet), monotonic_now());
  turn();
  EXPECT_EQ(shadow.read_now(), "");
  flush();
  EXPECT_EQ(shadow.read_now(), std::string(kGet) + std::string(kGet));
  EXPECT_EQ(sent, 2 * kGet.size());
  EXPECT_TRUE(connection->pipelined());
}

TEST_F(ConnectionTest, AnswersComeInTheOrderOfTheRequests) {
  hand_and_flush(request(kGet));
  hand_and_flush(request("HEAD / HTTP/1.1\r\nHost: s\r\n\r\n", true));
  hand_and_flush(request(kGet));
  shadow.send(std::string(kOk) + "HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n" +
              "HTTP/1.1 103 -\r\n\r\nHTTP/1.1 500 -\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  ASSERT_TRUE(answered(3));
  EXPECT_EQ(charges, (std::vector<uint32_t>{1, 2, 3}));
  EXPECT_EQ(answers[0].status, 200u);
  EXPECT_EQ(answers[1].status, 404u);
  EXPECT_EQ(answers[2].status, 500u);
  for (const Answer& answer : answers) EXPECT_TRUE(answer.keeps_alive);
  EXPECT_EQ(connection->unanswered(), 0u);
  EXPECT_EQ(connection->answered(), 3u);
  EXPECT_FALSE(connection->pipelined()) << "idle again";
}

TEST_F(ConnectionTest, TheLocationForWhoWantsIt) {
  const std::string longest(Connection::kLocationMax, 'x');
  struct Row {
    bool wanted;
    const char* status;
    std::string lines;
    std::string location;
  };
  const Row rows[] = {
      {true, "302 -", "Location: /a\r\n", "/a"},
      {false, "302 -", "Location: /a\r\n", ""},
      {true, "200 -", "Location: /a\r\n", ""},
      {true, "302 -", "", ""},
      {true, "308 -", "lOCATION:/b\r\n", "/b"},
      {true, "302 -", "Location: /a\r\nLocation: /a\r\n", ""},
      {true, "302 -", "Location: " + longest + "\r\n", longest},
      {true, "302 -", "Location: " + longest + "x\r\n", ""},
  };
  std::string bytes;
  std::vector<std::string> expected;
  for (const Row& row : rows) {
    Request made = request(kGet);
    made.wants_location = row.wanted;
    hand_and_flush(std::move(made));
    bytes += std::string("HTTP/1.1 ") + row.status + "\r\n" + row.lines + "Content-Length: 1\r\n\r\nx";
    expected.push_back(row.location);
  }
  shadow.send(bytes);
  ASSERT_TRUE(turn_until([&] {
    if (std::exchange(needs_flush, false)) connection->flush(monotonic_now());
    return answers.size() == expected.size();
  }));
  EXPECT_EQ(locations, expected);
}

TEST_F(ConnectionTest, AnAnswerByteByByte) {
  hand_and_flush(request(kGet));
  for (const char byte : kOk) {
    shadow.send({&byte, 1});
    turn();
  }
  EXPECT_TRUE(answered(1));
}

TEST_F(ConnectionTest, ItEndsWhenTheAnswerSaysSo) {
  struct Row {
    const char* answer;
    const char* why;
  };
  for (const Row& row : {Row{"HTTP/1.1 200 -\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "close"},
                         Row{"HTTP/1.0 200 -\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0"}}) {
    hand_and_flush(request(kGet));
    shadow.send(row.answer);
    ASSERT_TRUE(closed()) << row.why;
    EXPECT_EQ(reason, CloseReason::answered) << row.why;
    EXPECT_EQ(answers.size(), 1u) << row.why;
    EXPECT_EQ(lost, 0u) << row.why;
    answers.clear();
    closes = 0;
    ready = false;
    connect();
  }
}

TEST_F(ConnectionTest, AnAnswerThatEndsWithTheConnection) {
  hand_and_flush(request(kGet));
  EXPECT_EQ(shadow.read_now(), kGet);  // closing with unread bytes would be a reset
  shadow.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  shadow.close();
  ASSERT_TRUE(closed());
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].keeps_alive);
  EXPECT_EQ(reason, CloseReason::answered);
}

TEST_F(ConnectionTest, WaysToLoseARequest) {
  struct Row {
    std::string answer;
    bool reset;
    CloseReason reason;
    const char* why;
  };
  for (const Row& row : {
           Row{"", false, CloseReason::closed, "closes unanswered"},
           Row{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", false, CloseReason::closed,
               "closes half-way"},
           Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", false, CloseReason::closed,
               ""},
           Row{"", true, CloseReason::reset, "resets"},
           Row{"garbage", false, CloseReason::protocol, "no HTTP"},
           Row{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", false,
               CloseReason::protocol, ""},
           Row{"HTTP/1.1 101 -\r\nUpgrade: x\r\n\r\n", false, CloseReason::protocol,
               "a switch nobody asked for"},
           Row{"HTTP/1.1 200 -\r\nX: " + std::string(70000, 'x'), false, CloseReason::protocol,
               "an endless head"},
       }) {
    hand_and_flush(request(kGet));
    if (!row.answer.empty()) shadow.send(row.answer);
    if (row.reset) {
      shadow.reset();
    } else {
      shadow.end_writing();
    }
    ASSERT_TRUE(closed()) << row.why;
    EXPECT_EQ(reason, row.reason) << row.why;
    EXPECT_EQ(lost, 1u) << row.why;
    EXPECT_TRUE(answers.empty()) << row.why;
    closes = 0;
    ready = false;
    connect();
  }
}

TEST_F(ConnectionTest, BytesThatNobodyAskedForEndIt) {
  shadow.send(kOk);
  ASSERT_TRUE(closed());
  EXPECT_EQ(reason, CloseReason::protocol);
  EXPECT_TRUE(answers.empty());
}

TEST_F(ConnectionTest, AnAnswerTooManyEndsIt) {
  hand_and_flush(request(kGet));
  shadow.send(std::string(kOk) + std::string(kOk));
  ASSERT_TRUE(closed());
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(reason, CloseReason::protocol);
}

TEST_F(ConnectionTest, AnIdleOneThatTheShadowClosesIsGone) {
  shadow.close();
  ASSERT_TRUE(closed());
  EXPECT_EQ(reason, CloseReason::closed);
  EXPECT_EQ(lost, 0u);
}

TEST_F(ConnectionTest, AnEndlessAnswerIsReadWithoutHoldingTheLoop) {
  hand_and_flush(request(kGet));
  shadow.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n");
  const std::string block(200'000, 'x');
  size_t given = 0;
  for (int i = 0; i < 20; ++i) {
    const ssize_t n = ::send(shadow.fd(), block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) given += static_cast<size_t>(n);
    const size_t before = bytes_received;
    turn();
    EXPECT_LE(bytes_received - before, net::Loop::kReadBuffer) << "one buffer a turn";
    if (std::exchange(needs_flush, false)) connection->flush(monotonic_now());
  }
  EXPECT_GT(bytes_received, 3u * net::Loop::kReadBuffer) << "but it is read on";
  EXPECT_EQ(closes, 0);
}

TEST_F(ConnectionTest, ABodyIsStreamed) {
  Request post = request("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 6\r\n\r\n");
  auto body = post.body = std::make_shared<StreamedBody>();
  body->waiting.push({Chunk::copy_of("abc"), 0, 3});
  hand_and_flush(std::move(post));
  EXPECT_TRUE(connection->streaming());
  EXPECT_EQ(body->taker, connection.get());
  EXPECT_TRUE(shadow.read_now().ends_with("\r\n\r\nabc"));
  body->waiting.push({Chunk::copy_of("def"), 0, 3});
  body->ended = true;
  connection->pull_body();
  flush();
  EXPECT_FALSE(connection->streaming());
  EXPECT_EQ(shadow.read_now(), "def");
  shadow.send(kOk);
  EXPECT_TRUE(answered(1));
  EXPECT_TRUE(body->over);
  EXPECT_EQ(body->taker, nullptr);
}

TEST_F(ConnectionTest, AnAnswerBeforeTheEndOfTheBodyEndsTheConnection) {
  Request post = request("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 6\r\n\r\n");
  auto body = post.body = std::make_shared<StreamedBody>();
  hand_and_flush(std::move(post));
  shadow.send(kOk);
  ASSERT_TRUE(closed());
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].keeps_alive) << "nothing may follow half a request";
  EXPECT_TRUE(body->over);
}

TEST_F(ConnectionTest, AHalfSentRequestIsResetNotEnded) {
  Request post = request("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 6\r\n\r\n");
  post.body = std::make_shared<StreamedBody>();
  hand_and_flush(std::move(post));
  connection->close();
  turn();
  static_cast<void>(shadow.read_now());
  EXPECT_EQ(shadow.read_error(), ECONNRESET) << "the shadow must not take it for the whole";
  EXPECT_EQ(closes, 0) << "who closes knows";
}

TEST_F(ConnectionTest, AShadowThatDoesNotReadTakesNoMoreThanTheKernelHolds) {
  Request post = request("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 33554432\r\n\r\n");
  auto body = post.body = std::make_shared<StreamedBody>();
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) body->waiting.push({Chunk::copy_of(block), 0, block.size()});
  body->ended = true;
  hand_and_flush(std::move(post));
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_LT(sent, 16u << 20) << "bytes count as sent when the kernel has them";
  size_t read = 0;
  EXPECT_TRUE(turn_until([&] {
    if (std::exchange(needs_flush, false)) connection->flush(monotonic_now());
    for (std::string part = shadow.read_now(); !part.empty(); part = shadow.read_now()) read += part.size();
    return read > 32u << 20;
  }));
  EXPECT_EQ(sent, read);
}

}  // namespace
}  // namespace umbra::client
