// A relay, its clients and its app in one thread: the test decides what is ready before the loop turns, so
// that races become cases.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "net/loop_fixture.h"
#include "observer_fixture.h"
#include "umbra/relay/relay.h"

namespace umbra::relay {

class RelayTest : public net::LoopTest {
 protected:
  void SetUp() override { start(0); }
  void start(size_t sessions_max, const LiveEdits& live = {}) {
    relay = std::make_unique<Relay>(
        *loop, Options{{net::Address::Kind::tcp, "127.0.0.1", app_listener.port(), ""}, sessions_max, live},
        watch, log);
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
    net::LoopTest::TearDown();
  }
  // A client and the app's end of its session.
  void open_session() {
    client = net::Peer::connect(port);
    const uint64_t before = watch.sessions.opened;
    ASSERT_TRUE(turn_until([&] { return watch.sessions.opened == before + 1; }));
    app = app_listener.accept();
    for (int i = 0; i < 5; ++i) turn();  // the session hears that it is connected
  }
  std::string read_at(const net::Peer& peer, size_t size) {
    std::string all;
    EXPECT_TRUE(turn_until([&] {
      all += peer.read_now();
      return all.size() >= size;
    })) << "only "
        << all.size() << " of " << size;
    return all;
  }
  void exchange() {
    client.send(kGet);
    EXPECT_EQ(read_at(app, kGet.size()), kGet);
    app.send(kOk);
    EXPECT_EQ(read_at(client, kOk.size()), kOk);
  }
  bool sessions_are(size_t count) {
    return turn_until([&] { return relay->sessions() == count; });
  }

  Log log{LogLevel::off, LogFormat::text, STDERR_FILENO};
  net::Peer app_listener = net::Peer::listen();
  Watch watch;
  std::unique_ptr<Relay> relay;
  uint16_t port = 0;
  net::Peer client;
  net::Peer app;
};

}  // namespace umbra::relay
