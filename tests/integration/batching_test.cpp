// Isolation where copies share connections: what a shadow breaks is several copies at once.
#include <gtest/gtest.h>

#include "integration/arena.h"
#include "support/eventually.h"
#include "support/http_script.h"

namespace umbra::integration {
namespace {

using support::eventually;
using support::OriginConnection;
using support::TestClient;

const Fault kHealthy{"healthy", "to begin with", support::serve_http, {"completed"}};

std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }
std::string post(const std::string& target) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
}

// Requests that leave in one piece, so that their copies can too; the answers are read.
void burst(TestClient& client, const std::vector<std::string>& requests) {
  std::string all;
  for (const std::string& request : requests) all += request;
  ASSERT_TRUE(client.send(all));
  for (size_t i = 0; i < requests.size(); ++i) ASSERT_NE(client.read_answer(), "");
}

// Sends bursts until the shadow is trusted with batches.
bool learns_to_batch(Arena& arena) {
  TestClient client(arena.umbra().port());
  return eventually([&] {
    burst(client, {get("/learn"), get("/learn"), get("/learn"), get("/learn")});
    return arena.bad_counters().pipelining == 1;
  });
}

size_t count_of(const std::string& text, const support::ScriptedOrigin& origin) {
  size_t count = 0;
  for (const support::Record& record : origin.records()) {
    for (size_t at = record.bytes.find(text); at != std::string::npos; at = record.bytes.find(text, at + 1))
      ++count;
  }
  return count;
}

// ---- a shadow that batches were good for turns bad ----

class BatchingIsolation : public ::testing::TestWithParam<Fault> {};

const Kind& pipelined() {
  for (const Kind& kind : kinds()) {
    if (std::string_view(kind.name) == "pipelined") return kind;
  }
  return kinds().front();
}

TEST_P(BatchingIsolation, HoldsWhenABatchingShadowTurnsBad) {
  Arena arena(kHealthy, 0);
  if (!learns_to_batch(arena)) GTEST_SKIP() << "this machine is too slow for a shadow to be fast";
  ASSERT_TRUE(arena.settled());
  arena.become(GetParam());

  const Transcript with = arena.talk(pipelined());
  EXPECT_EQ(difference(with, without_umbra(pipelined())), "");
  if (arena.steady()) {
    EXPECT_LT(with.client.took, time_limit(pipelined())) << "a client waited for a shadow";
  }

  ASSERT_TRUE(arena.settled()) << outcomes(arena.bad_counters());
  const auto bad = arena.bad_counters();
  EXPECT_EQ(bad.seen, bad.accounted()) << outcomes(bad);
  EXPECT_EQ(bad.held_bytes, 0U) << outcomes(bad);
  const auto good = arena.good_counters();
  if (arena.steady()) {
    EXPECT_EQ(good.completed, good.seen) << "a shadow feels the other: " << outcomes(good);
  }

  arena.repair();
  EXPECT_EQ(arena.next_copy(), "");
  EXPECT_EQ(arena.watcher().stop(), "");
}

std::vector<Fault> faults_of_connections() {
  std::vector<Fault> some;
  for (const Fault& fault : faults()) {
    if (fault.where == Fault::Where::connected) some.push_back(fault);
  }
  return some;
}

INSTANTIATE_TEST_SUITE_P(, BatchingIsolation, ::testing::ValuesIn(faults_of_connections()),
                         [](const auto& row) { return std::string(row.param.name); });

// ---- what becomes of the copies of a batch ----

TEST(Batching, AShadowThatCannotPipelineLosesNoCopy) {
  Arena arena(fault_named("cannot_pipeline"), 0);
  TestClient client(arena.umbra().port());
  // Until a trial has been made and has failed: the copies of its pair go out once more.
  const bool tried = eventually([&] {
    burst(client, {get("/a"), post("/b"), get("/c"), get("/d"), post("/e")});
    return arena.bad_counters().resent > 0;
  });
  if (!tried) GTEST_SKIP() << "this machine is too slow for a shadow to be fast";
  for (int i = 0; i < 20; ++i) burst(client, {get("/a"), post("/b"), get("/c"), get("/d")});
  ASSERT_TRUE(arena.settled()) << outcomes(arena.bad_counters());
  const auto bad = arena.bad_counters();
  EXPECT_EQ(bad.pipelining, 0U);
  if (arena.steady()) {
    EXPECT_EQ(bad.completed, bad.seen) << outcomes(bad);
  }
  EXPECT_EQ(arena.watcher().stop(), "");
}

TEST(Batching, OnlySafeCopiesGoOutAgain) {
  // Takes whatever comes at once, and closes without an answer.
  const Fault closes{"closes", "", [](OriginConnection& c) { c.read_some(); }, {}};
  Arena arena(closes, 8);
  TestClient client(arena.umbra().port());
  burst(client,
        {get("/g0"), post("/p0"), get("/g1"), post("/p1"), get("/g2"), post("/p2"), get("/g3"), post("/p3")});
  ASSERT_TRUE(arena.settled()) << outcomes(arena.bad_counters());
  const auto bad = arena.bad_counters();
  EXPECT_EQ(bad.seen, 8U);
  EXPECT_EQ(bad.failed.sum() + bad.dropped.sum(), 8U) << outcomes(bad);
  for (const char* target : {"/p0", "/p1", "/p2", "/p3"}) {
    EXPECT_LE(count_of("POST " + std::string(target), arena.bad()), 1U) << target << " is not safe to repeat";
  }
  for (const char* target : {"/g0", "/g1", "/g2", "/g3"}) {
    EXPECT_LE(count_of("GET " + std::string(target), arena.bad()), 2U)
        << target << " was sent more than once more";
  }
  EXPECT_EQ(arena.watcher().stop(), "");
}

TEST(Batching, AForcedDepthBoundsWhatIsOutstanding) {
  constexpr unsigned kDepth = 3;
  const Fault hangs{"hangs", "", [](OriginConnection& c) { c.wait_for_end(); }, {}};
  Arena arena(hangs, kDepth);
  TestClient client(arena.umbra().port());
  burst(client, std::vector<std::string>(10, get("/x")));
  ASSERT_TRUE(arena.bad().wait_for_connections(4));
  ASSERT_TRUE(arena.settled());
  for (const support::Record& record : arena.bad().records()) {
    const std::string& bytes = record.bytes;
    size_t copies = 0;
    for (size_t at = bytes.find("GET /x"); at != std::string::npos; at = bytes.find("GET /x", at + 1))
      ++copies;
    EXPECT_LE(copies, kDepth);
  }
  EXPECT_EQ(arena.bad_counters().seen, 10U);
  EXPECT_EQ(arena.watcher().stop(), "");
}

}  // namespace
}  // namespace umbra::integration
