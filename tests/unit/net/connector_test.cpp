#include "umbra/net/connector.h"

#include <gtest/gtest.h>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

class ConnectorTest : public LoopTest, public ConnectListener {
 protected:
  void connect(const Address& address, Nanos timeout = 0) {
    resolver = std::make_unique<Resolver>(*loop, address);
    connector = std::make_unique<Connector>(*loop, *resolver, *this, timeout);
    connector->start();
    EXPECT_EQ(calls, 0) << "never from inside start()";
  }
  void on_connected(std::unique_ptr<Stream> connected) override {
    ++calls;
    stream = std::move(connected);
    Connector::dismiss(*loop, std::move(connector));
  }
  void on_connect_failed(const Error& failure) override {
    ++calls;
    error = failure;
    Connector::dismiss(*loop, std::move(connector));
  }
  void TearDown() override {
    stream.reset();
    if (connector) Connector::dismiss(*loop, std::move(connector));
    resolver.reset();
    LoopTest::TearDown();
  }
  static Address at(uint16_t port, const std::string& host = "127.0.0.1") {
    return {Address::Kind::tcp, host, port, ""};
  }

  std::unique_ptr<Resolver> resolver;
  std::unique_ptr<Connector> connector;
  std::unique_ptr<Stream> stream;
  Error error;
  int calls = 0;
};

TEST_F(ConnectorTest, Connects) {
  const Peer listener = Peer::listen();
  connect(at(listener.port()), kSecond);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  ASSERT_TRUE(stream);
  const Peer peer = listener.accept();
  const std::string_view bytes = "hello";
  EXPECT_EQ(*stream->try_write({&bytes, 1}), 5u);
  EXPECT_EQ(peer.read_now(), "hello");
}

TEST_F(ConnectorTest, ANameIsResolvedFirst) {
  const Peer listener = Peer::listen();
  connect(at(listener.port(), "localhost"), 5 * kSecond);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  EXPECT_TRUE(stream) << error.detail << ": ::1 may refuse, 127.0.0.1 accepts";
}

TEST_F(ConnectorTest, Refused) {
  uint16_t port = 0;
  {
    const Peer listener = Peer::listen();
    port = listener.port();
  }
  connect(at(port), kSecond);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  EXPECT_EQ(error.code, Errc::refused) << error.detail;
}

TEST_F(ConnectorTest, Unresolved) {
  connect(at(80, "does-not-exist.invalid"), 5 * kSecond);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  EXPECT_EQ(error.code, Errc::unresolved) << error.detail;
  calls = 0;
  connector = std::make_unique<Connector>(*loop, *resolver, *this, kSecond);
  connector->start();  // the failure is remembered, and told from the loop all the same
  EXPECT_EQ(calls, 0);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  EXPECT_EQ(error.code, Errc::unresolved);
}

// A listener whose backlog is full: the handshake is never answered.
TEST_F(ConnectorTest, TimesOut) {
  const Peer listener = Peer::listen();
  ASSERT_EQ(::listen(listener.fd(), 0), 0);
  const Peer fills = Peer::connect(listener.port());
  connect(at(listener.port()), 50 * kMillisecond);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  EXPECT_EQ(error.code, Errc::timeout) << error.detail;
}

TEST_F(ConnectorTest, UnixPaths) {
  const std::string path = testing::TempDir() + "umbra-connector-" + std::to_string(getpid());
  connect({Address::Kind::unix_path, "", 0, path}, kSecond);
  ASSERT_TRUE(turn_until([&] { return calls == 1; }));
  EXPECT_EQ(error.code, Errc::refused) << "nobody is there: " << error.detail;
}

TEST_F(ConnectorTest, GivenUpItIsSilent) {
  const Peer listener = Peer::listen();
  for (const char* host : {"127.0.0.1", "localhost"}) {
    connect(at(listener.port(), host), kSecond);
    Connector::dismiss(*loop, std::move(connector));
    bool later = false;
    Timer timer(*loop, [&] { later = true; });
    timer.start_once(20 * kMillisecond);
    EXPECT_TRUE(turn_until([&] { return later && !resolver->looking_up(); }));
    EXPECT_EQ(calls, 0);
  }
}

}  // namespace
}  // namespace umbra::net
