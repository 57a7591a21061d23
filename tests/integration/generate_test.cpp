// umbra generate's engine, in this process, against scripted servers: what is begun, what is measured, and
// what becomes of each failure.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/http_bytes.h"
#include "support/http_script.h"
#include "support/lean_origin.h"
#include "support/scripted_origin.h"
#include "umbra/generate/runner.h"

namespace umbra::integration {
namespace {

using generate::Failure;
using generate::Options;
using generate::Outcome;
using generate::RateCurve;
using support::LeanOrigin;
using support::OriginConnection;
using support::ScriptedOrigin;

Options options_for(const net::Address& target) {
  Options options;
  options.target.address = target;
  options.request.bytes = "GET /g HTTP/1.1\r\nHost: a\r\n\r\n";
  options.timeout = 5 * kSecond;
  options.graceful_stop = 5 * kSecond;
  options.seed = 7;
  return options;
}

Options open_load(const net::Address& target, double rate, Nanos length) {
  Options options = options_for(target);
  auto curve = std::make_shared<RateCurve>();
  curve->add(length, {rate, kSecond});
  options.load.curve = std::move(curve);
  options.load.users = 200;
  return options;
}

Options closed_load(const net::Address& target, size_t users, uint64_t iterations) {
  Options options = options_for(target);
  options.load.users = users;
  options.load.iterations = iterations;
  return options;
}

Outcome run(const Options& options) {
  auto outcome = generate::Runner(options).run([](const generate::Tally&, Nanos) {});
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().detail);
  return outcome ? *outcome : Outcome{};
}

// Everything that was begun has ended in one way, and each end was measured.
void expect_accounted(const generate::Tally& tally) {
  EXPECT_EQ(tally.begun, tally.answered + tally.all_failures() + tally.unanswered);
  EXPECT_EQ(tally.from_intended.count(), tally.begun);
}

TEST(Generate, AClosedLoadMakesItsIterationsAndNoMore) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    LeanOrigin server;
    Options options = closed_load(server.address(), 7, 1003);
    options.threads = threads;
    const Outcome outcome = run(options);
    EXPECT_EQ(server.requests(), 1003U) << threads;
    EXPECT_EQ(outcome.tally.answered, 1003U);
    EXPECT_LE(outcome.tally.connections, 7U) << "each user keeps its connection";
    expect_accounted(outcome.tally);
  }
}

TEST(Generate, MoreThreadsThanUsersOrIterationsChangeNothing) {
  LeanOrigin server;
  Options options = closed_load(server.address(), 3, 2);
  options.threads = 8;
  EXPECT_EQ(run(options).tally.answered, 2U);
  EXPECT_EQ(server.requests(), 2U);
}

TEST(Generate, AnOpenLoadMakesItsArrivalsOverThreadsAndShards) {
  for (const unsigned threads : {1U, 3U}) {
    LeanOrigin server;
    uint64_t begun = 0;
    for (const uint64_t shard : {0U, 1U}) {
      Options options = open_load(server.address(), 501, kSecond);
      options.threads = threads;
      options.shard = {shard, 2};
      const Outcome outcome = run(options);
      begun += outcome.tally.begun;
      EXPECT_TRUE(outcome.valid()) << outcome.rate_ratio();
      EXPECT_NEAR(outcome.asked_rate(), 250.5, 0.001);
      expect_accounted(outcome.tally);
    }
    EXPECT_EQ(begun, 501U);
    EXPECT_EQ(server.requests(), 501U);
  }
}

// A server that, from 200 ms after its first request on, answers nobody for a second.
class StallingServer {
 public:
  const ScriptedOrigin& origin() const { return origin_; }

 private:
  void serve(OriginConnection& c) {
    while (!c.read_request().empty()) {
      const Nanos now = monotonic_now();
      Nanos none = 0;
      began_.compare_exchange_strong(none, now);
      const Nanos begins = began_ + 200 * kMillisecond;
      const Nanos ends = begins + kSecond;
      if (now >= begins && now < ends) c.hold(support::Millis((ends - now) / kMillisecond));
      if (!c.send(LeanOrigin::kAnswer)) return;
    }
  }

  std::atomic<Nanos> began_ = 0;
  ScriptedOrigin origin_{[this](OriginConnection& c) { serve(c); }};
};

// Who waits for an answer sends nothing meanwhile, and measures one slow answer; who goes on measures what
// everybody else would have felt.
TEST(Generate, AStallIsSeenFromTheIntendedTimeAndNotByWhoWaits) {
  const StallingServer for_open;
  Options open = open_load(for_open.origin().address(), 100, 2 * kSecond);
  const Outcome felt = run(open);
  EXPECT_EQ(felt.tally.answered, 200U);
  EXPECT_GE(felt.tally.from_intended.quantile(0.99), 900 * kMillisecond);
  EXPECT_GE(felt.tally.from_intended.quantile(0.75), 300 * kMillisecond)
      << "half of the arrivals fell into it";

  const StallingServer for_closed;
  const Outcome waited = run([&] {
    Options closed = closed_load(for_closed.origin().address(), 1, 0);
    closed.load.duration = 2 * kSecond;
    return closed;
  }());
  EXPECT_GE(waited.tally.from_sent.max(), 900 * kMillisecond);
  ASSERT_GT(waited.tally.answered, 200U);
  EXPECT_LT(waited.tally.from_sent.quantile(0.99), 300 * kMillisecond) << "the method that deceives";
}

TEST(Generate, ArrivalsThatFindAllUsersBusyAreDroppedAndMakeItInvalid) {
  ScriptedOrigin server([](OriginConnection& c) {
    c.read_request();
    c.hold(support::Millis(600));
    c.send(LeanOrigin::kAnswer);
  });
  Options options = open_load(server.address(), 100, 500 * kMillisecond);
  options.load.users = 2;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.tally.begun, 2U);
  EXPECT_EQ(outcome.tally.dropped, 48U);
  EXPECT_EQ(outcome.tally.answered, 2U);
  EXPECT_FALSE(outcome.valid());
  EXPECT_NEAR(outcome.rate_ratio(), 2.0 / 50, 0.01);
}

TEST(Generate, EachWayToFailHasItsCounter) {
  struct Row {
    const char* what;
    support::Script script;
    Failure expected;
  };
  for (const Row& row : std::vector<Row>{
           {"answers nothing", [](OriginConnection& c) { c.wait_for_end(); }, Failure::timeout},
           {"closes", [](OriginConnection& c) { c.read_request(); }, Failure::closed},
           {"resets", [](OriginConnection& c) { c.read_request(), c.reset(); }, Failure::reset},
           {"talks nonsense", [](OriginConnection& c) { c.read_request(), c.send("nonsense\r\n\r\n"); },
            Failure::protocol},
           {"closes within its answer",
            [](OriginConnection& c) {
              c.read_request();
              c.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
            },
            Failure::closed},
       }) {
    ScriptedOrigin server(row.script);
    Options options = closed_load(server.address(), 1, 3);
    options.timeout = 200 * kMillisecond;
    const Outcome outcome = run(options);
    EXPECT_EQ(outcome.tally.failed[static_cast<size_t>(row.expected)], 3U) << row.what;
    EXPECT_EQ(outcome.tally.all_failures(), 3U) << row.what;
    expect_accounted(outcome.tally);
    if (row.expected == Failure::timeout) {
      EXPECT_GE(outcome.tally.from_sent.quantile(0.01), 200 * kMillisecond)
          << "the time that was waited counts";
    }
  }
}

// TCP stands, and then nothing: the time to connect covers the handshake.
TEST(Generate, ASilentTlsServerIsAFailureToConnect) {
  ScriptedOrigin server([](OriginConnection& c) { c.wait_for_end(); });
  Options options = closed_load(server.address(), 3, 6);
  options.target.tls.emplace().insecure = true;
  options.connect_timeout = 150 * kMillisecond;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.tally.failed[static_cast<size_t>(Failure::connect_timeout)], 6U);
  expect_accounted(outcome.tally);
}

// What times out is reset, so that its port is free again.
TEST(Generate, ATimeOutIsAReset) {
  ScriptedOrigin server([](OriginConnection& c) {
    c.read_request();
    c.wait_for_end();
  });
  Options options = closed_load(server.address(), 1, 1);
  options.timeout = 100 * kMillisecond;
  EXPECT_EQ(run(options).tally.failed[static_cast<size_t>(Failure::timeout)], 1U);
  EXPECT_TRUE(server.wait_until_over());
  EXPECT_EQ(server.record(0).ending, support::Ending::reset);
}

// Two answers to one request: the second is nobody's.
TEST(Generate, AnAnswerThatNobodyAskedForIsNotTheNextOnes) {
  ScriptedOrigin server([](OriginConnection& c) {
    while (!c.read_request().empty()) {
      if (!c.send(std::string(LeanOrigin::kAnswer) + std::string(LeanOrigin::kAnswer))) return;
    }
  });
  const Outcome outcome = run(closed_load(server.address(), 1, 10));
  EXPECT_EQ(outcome.tally.answered, 10U);
  EXPECT_EQ(server.requests(), 10U) << "none was answered by what came before it was sent";
  EXPECT_LT(outcome.tally.from_sent.max(), 60 * kSecond) << "no time before its beginning";
}

TEST(Generate, NobodyThereIsAFailureOfConnecting) {
  const ScriptedOrigin nobody([](OriginConnection&) {}, {.listening = false});
  const Outcome closed = run(closed_load(nobody.address(), 2, 6));
  EXPECT_EQ(closed.tally.failed[static_cast<size_t>(Failure::connect)], 6U);
  expect_accounted(closed.tally);
  const Outcome open = run(open_load(nobody.address(), 100, 200 * kMillisecond));
  EXPECT_EQ(open.tally.failed[static_cast<size_t>(Failure::connect)], 20U);
  expect_accounted(open.tally);
  Options unknown = closed_load({net::Address::Kind::tcp, "no-such-host.invalid", 80, ""}, 1, 2);
  EXPECT_EQ(run(unknown).tally.failed[static_cast<size_t>(Failure::unresolved)], 2U);
}

TEST(Generate, AStatusIsExpectedOrNot) {
  ScriptedOrigin server([](OriginConnection& c) {
    while (!c.read_request().empty()) c.send("HTTP/1.1 404 -\r\nContent-Length: 0\r\n\r\n");
  });
  Options options = closed_load(server.address(), 1, 5);
  EXPECT_EQ(run(options).tally.bad_statuses, 5U);
  options.request.any_status = true;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.tally.bad_statuses, 0U);
  EXPECT_EQ(outcome.tally.all_failures(), 0U);
  EXPECT_EQ(outcome.tally.statuses[4], 5U);
  EXPECT_EQ(outcome.tally.connections, 1U);
}

TEST(Generate, AServerThatClosesAfterEachAnswerGetsANewConnection) {
  ScriptedOrigin server([](OriginConnection& c) {
    if (!c.read_request().empty())
      c.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const Outcome outcome = run(closed_load(server.address(), 2, 20));
  EXPECT_EQ(outcome.tally.answered, 20U);
  EXPECT_EQ(outcome.tally.all_failures(), 0U);
  EXPECT_EQ(server.connections(), outcome.tally.connections);
  EXPECT_GE(outcome.tally.connections, 20U);
}

TEST(Generate, TheWarmUpIsNotMeasured) {
  LeanOrigin server;
  Options options = open_load(server.address(), 200, kSecond);
  options.warm_up = 500 * kMillisecond;
  const Outcome outcome = run(options);
  EXPECT_EQ(server.requests(), 200U);
  EXPECT_EQ(outcome.tally.begun, 100U);
  EXPECT_EQ(outcome.measured, 500 * kMillisecond);
  EXPECT_NEAR(outcome.achieved_rate(), 200, 0.001);
}

TEST(Generate, WhatIsUnderWayAtTheEndGetsItsTimeAndIsThenGivenUp) {
  ScriptedOrigin server([](OriginConnection& c) { c.wait_for_end(); });
  Options options = open_load(server.address(), 50, 200 * kMillisecond);
  options.timeout = 60 * kSecond;
  options.graceful_stop = 300 * kMillisecond;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.tally.unanswered, 10U);
  EXPECT_GE(outcome.tally.from_intended.max(), 400 * kMillisecond) << "and measured with what it has waited";
  expect_accounted(outcome.tally);
}

}  // namespace
}  // namespace umbra::integration
