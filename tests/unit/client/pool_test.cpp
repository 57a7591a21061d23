#include "umbra/client/pool.h"

#include <gtest/gtest.h>

#include "net/loop_fixture.h"

namespace umbra::client {
namespace {

using net::LoopTest;
using net::Peer;

class PoolTest : public LoopTest, public ConnectionHost {
 protected:
  void make(uint16_t port, size_t most = 3) {
    pool = std::make_unique<Pool>(*loop, net::Address{net::Address::Kind::tcp, "127.0.0.1", port, ""}, *this,
                                  PoolOptions{most, kSecond});
  }
  void TearDown() override {
    pool.reset();
    LoopTest::TearDown();
  }
  http::Head& head_scratch() override { return head; }
  void on_ready(Connection& connection) override {
    pool->on_settled(connection);
    ready.push_back(&connection);
  }
  void on_answered(Connection&, Request&, const Answer&) override {}
  void on_sent(Connection&, size_t) override {}
  void on_received(size_t) override {}
  void on_needs_flush(Connection&) override {}
  void on_closed(Connection& connection, CloseReason why) override {
    reasons.push_back(why);
    std::erase(ready, &connection);
    pool->bury(connection);
  }

  Peer listener = Peer::listen();
  http::Head head;
  std::unique_ptr<Pool> pool;
  std::vector<Connection*> ready;
  std::vector<CloseReason> reasons;
};

TEST_F(PoolTest, OpensAsManyAsItMay) {
  make(listener.port());
  while (pool->may_open()) pool->open();
  EXPECT_EQ(pool->size(), 3u);
  EXPECT_EQ(pool->connecting(), 3u);
  ASSERT_TRUE(turn_until([&] { return ready.size() == 3; }));
  EXPECT_EQ(pool->connecting(), 0u);
  EXPECT_EQ(pool->opened(), 3u);
}

TEST_F(PoolTest, TheLastUsedIsTakenFirst) {
  make(listener.port());
  for (int i = 0; i < 3; ++i) pool->open();
  ASSERT_TRUE(turn_until([&] { return ready.size() == 3; }));
  EXPECT_EQ(pool->take_idle(), nullptr) << "connected is not yet idle";
  for (Nanos at = 1; at <= 3; ++at) pool->put_idle(*ready[at - 1], at * kSecond);
  pool->put_idle(*ready[0], 9 * kSecond);
  EXPECT_EQ(pool->take_idle(), ready[2]);
  EXPECT_EQ(pool->take_idle(), ready[1]);
  EXPECT_EQ(pool->take_idle(), ready[0]) << "put there twice, it stands there once";
  EXPECT_EQ(pool->take_idle(), nullptr);
}

TEST_F(PoolTest, WhatWasIdleForLongIsClosed) {
  make(listener.port());
  for (int i = 0; i < 3; ++i) pool->open();
  ASSERT_TRUE(turn_until([&] { return ready.size() == 3; }));
  for (Nanos at = 1; at <= 3; ++at) pool->put_idle(*ready[at - 1], at * kSecond);
  Connection* youngest = ready[2];
  pool->close_idle_since(3 * kSecond);
  EXPECT_EQ(pool->size(), 1u);
  EXPECT_EQ(pool->take_idle(), youngest);
}

TEST_F(PoolTest, RefusedOnesLeave) {
  const uint16_t port = listener.port();
  listener.close();
  make(port);
  pool->open();
  pool->open();
  ASSERT_TRUE(turn_until([&] { return reasons.size() == 2; }));
  EXPECT_EQ(reasons[0], CloseReason::connect_failed);
  EXPECT_EQ(pool->size(), 0u);
  EXPECT_EQ(pool->connecting(), 0u);
  EXPECT_EQ(pool->opened(), 2u);
  EXPECT_TRUE(pool->may_open());
}

TEST_F(PoolTest, AnIdleOneThatTheOtherEndClosesLeavesTheList) {
  make(listener.port());
  pool->open();
  ASSERT_TRUE(turn_until([&] { return ready.size() == 1; }));
  pool->put_idle(*ready[0], kSecond);
  listener.accept().close();
  ASSERT_TRUE(turn_until([&] { return reasons.size() == 1; }));
  EXPECT_EQ(pool->take_idle(), nullptr);
  EXPECT_EQ(pool->size(), 0u);
}

TEST_F(PoolTest, ItMayGoWhileItConnects) {
  make(listener.port());
  pool->open();
  pool->open();
  turn();
  pool.reset();
}

}  // namespace
}  // namespace umbra::client
