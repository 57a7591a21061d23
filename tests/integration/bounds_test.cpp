// What a shadow may take: memory, connections, time.  Over each bound copies are lost, whole and counted, and
// nothing else happens.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "integration/arena.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::Clock;
using support::eventually;
using support::Millis;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

constexpr size_t kMiB = 1024 * 1024;

void hangs(OriginConnection& c) { c.wait_for_end(); }
void never_reads(OriginConnection& c) { c.hold(); }

class Bounds : public ::testing::Test {
 protected:
  config::ProxyOptions options() const {
    auto made = support::proxy_options(app_.address(), {shadow_.address(), good_.address()});
    made.mirror.memory = kMiB;
    made.mirror.timeout = kSlowdown * 500 * kMillisecond;
    return made;
  }
  static void expect_settled(RunningProxy& umbra) {
    EXPECT_TRUE(eventually([&] { return umbra.shadow(0).in_flight == 0 && umbra.shadow(1).in_flight == 0; }));
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const auto shadow = umbra.shadow(i);
      EXPECT_EQ(shadow.seen, shadow.accounted()) << outcomes(shadow);
      EXPECT_EQ(shadow.held_bytes, 0U) << outcomes(shadow);
      EXPECT_EQ(shadow.waiting, 0U) << outcomes(shadow);
    }
  }

  support::Pulse pulse_;
  ScriptedOrigin app_{support::serve_http};
  ScriptedOrigin shadow_{hangs, {4096, true}};
  ScriptedOrigin good_{support::serve_http};
};

// Each client sends a request and reads its answer, so many times.
void load(uint16_t port, unsigned clients, unsigned requests, const std::string& request) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      TestClient client(port);
      for (unsigned n = 0; n < requests; ++n) EXPECT_EQ(support::status_of(client.exchange(request)), 200U);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Bounds, ManySmallCopiesFillTheBudgetAndAreDropped) {
  auto made = options();
  made.mirror.memory = 4 * kMiB;  // half of it is less than the copies, and more than a good shadow needs
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  load(umbra.port(), 4, 150,
       "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n" + std::string(8000, 'x'));
  EXPECT_GT(umbra.shadow(0).dropped[Drop::over_budget], 0U);
  expect_settled(umbra);
  EXPECT_EQ(umbra.shadow(0).seen, 600U);
  const auto good = umbra.shadow(1);
  if (pulse_.steady()) {
    EXPECT_EQ(good.completed, 600U) << "half of the memory is left for the others: " << outcomes(good);
  }
  EXPECT_EQ(watcher.stop(), "");
}

TEST_F(Bounds, ManyUploadsAtOncePastAShadowThatNeverReads) {
  shadow_.play(never_reads);
  RunningProxy umbra(options());
  Watcher watcher(umbra);
  load(umbra.port(), 8, 1,
       fmt::format("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", 2 * kMiB) +
           std::string(2 * kMiB, 'x'));
  expect_settled(umbra);
  EXPECT_EQ(umbra.shadow(0).seen, 8U);
  EXPECT_EQ(umbra.shadow(0).completed, 0U);
  EXPECT_EQ(watcher.stop(), "");
}

TEST_F(Bounds, ConnectionsAreBoundedAndWhatWaitsTooLongIsDropped) {
  auto made = options();
  made.mirror.connections = 2;
  made.mirror.pipeline = 1;
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  load(umbra.port(), 1, 6, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_LE(umbra.shadow(0).connections_open, 2U);
  expect_settled(umbra);
  const auto bad = umbra.shadow(0);
  EXPECT_GE(bad.failed[Fail::timeout], 2U) << outcomes(bad);
  if (pulse_.steady()) {
    EXPECT_GE(bad.dropped[Drop::timeout], 1U) << outcomes(bad);
  }
  EXPECT_EQ(bad.failed[Fail::timeout] + bad.dropped[Drop::timeout], 6U) << outcomes(bad);
  EXPECT_EQ(watcher.stop(), "");
}

TEST_F(Bounds, UploadsAbortedWhileTheirCopiesWaitLeaveNothingBehind) {
  constexpr size_t kUploads = 50;
  auto made = options();
  made.mirror.connections = 1;
  made.mirror.timeout = 20 * kSecond;  // the one connection stays busy all the time
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  // One copy on the connection, and one that waits before the uploads.
  load(umbra.port(), 1, 2, "GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
  const uint64_t held_before = umbra.shadow(0).held_bytes;
  for (size_t i = 0; i < kUploads; ++i) {
    TestClient client(umbra.port());
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(20'000, 'x'));
    ASSERT_TRUE(eventually([&] { return umbra.shadow(0).seen == i + 3; }));
    client.reset();
  }
  EXPECT_TRUE(eventually([&] { return umbra.shadow(0).in_flight == 2; })) << outcomes(umbra.shadow(0));
  const auto bad = umbra.shadow(0);
  EXPECT_EQ(bad.dropped[Drop::client_aborted], kUploads) << outcomes(bad);
  EXPECT_EQ(bad.waiting, 1U) << "copies that are gone still wait";
  EXPECT_LT(bad.held_bytes, held_before + kUploads * 1000) << "more than the places of what is gone";
  EXPECT_EQ(watcher.stop(), "");
}

// Connects that were under way when the breaker opened are no probes.
TEST_F(Bounds, ABurstOfRefusedCopiesDoesNotPutTheProbesOff) {
  ScriptedOrigin closed(support::serve_http, {0, false});
  auto made = support::proxy_options(app_.address(), {closed.address(), good_.address()});
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  std::string burst;
  for (int i = 0; i < 32; ++i) burst += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  TestClient client(umbra.port());
  client.send(burst);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(support::status_of(client.read_answer()), 200U);
  ASSERT_TRUE(eventually([&] { return umbra.shadow(0).breakers_open == 1; }));
  closed.listen();
  const auto began = Clock::now();
  EXPECT_TRUE(eventually([&] { return umbra.shadow(0).breakers_open == 0; }));
  if (pulse_.steady()) {
    EXPECT_LT(Clock::now() - began, Millis(1500)) << "the first probe is due after 100 ms";
  }
  expect_settled(umbra);
  EXPECT_EQ(watcher.stop(), "");
}

}  // namespace
}  // namespace umbra::integration
