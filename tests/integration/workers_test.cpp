// Several workers, several clients, snapshots meanwhile, and a drain at the end: what threads can do to each
// other.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "integration/kinds.h"
#include "integration/watcher.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/lean_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::LeanOrigin;
using support::Millis;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

constexpr std::string_view kGet = "GET /w HTTP/1.1\r\nHost: app.example\r\n\r\n";

class Clients {
 public:
  Clients(unsigned count, const std::function<void()>& client) {
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back(client);
  }
  ~Clients() { join(); }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  std::vector<std::thread> threads_;
};

class Workers : public ::testing::TestWithParam<unsigned> {
 protected:
  config::ProxyOptions options() const {
    auto made = support::proxy_options(app_.address(), {good_.address(), bad_.address()});
    made.workers = GetParam();
    made.mirror.memory = 16 * 1024 * 1024;
    made.mirror.timeout = 500 * kMillisecond;
    made.drain.timeout = 5 * kSecond;
    return made;
  }

  LeanOrigin app_;
  LeanOrigin good_;
  ScriptedOrigin bad_{[](OriginConnection& c) { c.wait_for_end(); }};
};

TEST_P(Workers, ShareTheLoadAndTheirCountersAddUp) {
  constexpr unsigned kClients = 6;
  constexpr unsigned kConnections = 10;
  constexpr unsigned kRequests = 10;  // on each
  RunningProxy umbra(options());
  Watcher watcher(umbra);
  Clients clients(kClients, [&] {
    for (unsigned c = 0; c < kConnections; ++c) {
      TestClient client(umbra.port());
      for (unsigned r = 0; r < kRequests; ++r) EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
    }
  });
  clients.join();
  EXPECT_TRUE(support::eventually([&] {
    const auto now = umbra.snapshot().total;
    return now.shadows[0].in_flight + now.shadows[1].in_flight == 0 &&
           now.sessions.opened == now.sessions.closed;
  }));
  constexpr uint64_t kAll = uint64_t{kClients} * kConnections * kRequests;
  const auto snapshot = umbra.snapshot();
  EXPECT_EQ(snapshot.total.live.ended, kAll);
  EXPECT_EQ(snapshot.counters_of(0).completed, kAll) << outcomes(snapshot.counters_of(0));
  EXPECT_EQ(snapshot.counters_of(1).seen, kAll);
  EXPECT_EQ(good_.requests(), kAll) << "a copy was lost, or sent twice";
  EXPECT_EQ(watcher.stop(), "");
}

// Clients that go on while umbra ends: each gets whole answers or none.
TEST_P(Workers, DrainUnderLoad) {
  RunningProxy umbra(options());
  Watcher watcher(umbra);
  std::atomic<unsigned> answered = 0;
  Clients clients(4, [&] {
    for (;;) {
      TestClient client(umbra.port());
      if (!client.is_open()) return;
      for (unsigned r = 0; r < 20 && client.send(kGet); ++r) {
        const std::string answer = client.read_answer();
        if (answer.empty()) break;  // closed before it took the request
        EXPECT_TRUE(answer.ends_with("\r\n\r\nok")) << "half of an answer: " << answer;
        ++answered;
      }
    }
  });
  ASSERT_TRUE(support::eventually([&] { return answered > 200; }));
  EXPECT_EQ(watcher.stop(), "");
  umbra.drain();
  EXPECT_TRUE(umbra.wait_until_ended());
  clients.join();
}

// Everything that a client can do, all at once.
TEST_P(Workers, EveryKindAtOnce) {
  ScriptedOrigin app(support::serve_http);
  auto made = options();
  made.relay.app = app.address();
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  std::atomic<size_t> next = 0;
  Clients clients(4, [&] {
    for (size_t n = next++; n < 4 * kinds().size(); n = next++) {
      const Kind& kind = kinds()[n % kinds().size()];
      // The aborted upload waits for all that its app has got, which is not only its own here.
      if (std::string_view(kind.name) != "aborted_upload") kind.talk(umbra.port(), app);
    }
  });
  clients.join();
  EXPECT_TRUE(
      support::eventually([&] { return umbra.shadow(0).in_flight + umbra.shadow(1).in_flight == 0; }));
  EXPECT_EQ(watcher.stop(), "");
}

TEST_P(Workers, AreCutWithCopiesAndSessionsUnderWay) {
  RunningProxy umbra(options());
  TestClient idle(umbra.port());
  TestClient busy(umbra.port());
  EXPECT_EQ(busy.exchange(kGet), LeanOrigin::kAnswer);
  ASSERT_TRUE(bad_.wait_for_connections(1));
  busy.send("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
  umbra.drain();
  umbra.cut();
  EXPECT_TRUE(umbra.wait_until_ended());
  EXPECT_TRUE(busy.wait_for_end());
  EXPECT_TRUE(idle.wait_for_end());
}

INSTANTIATE_TEST_SUITE_P(, Workers, ::testing::Values(1U, 2U, 4U),
                         [](const auto& row) { return std::to_string(row.param); });

}  // namespace
}  // namespace umbra::integration
