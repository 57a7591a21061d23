#include "umbra/app/descriptors.h"

#include <gtest/gtest.h>

namespace umbra::app {
namespace {

config::ProxyOptions options(size_t shadows, unsigned workers = 1) {
  config::ProxyOptions made;
  made.workers = workers;
  made.mirror.shadows.resize(shadows);
  return made;
}

uint64_t taken(const config::ProxyOptions& options) {
  uint64_t all = 2 * options.relay.sessions_max * options.workers;
  for (const auto& shadow : options.mirror.shadows) {
    all += shadow.connections.value_or(options.mirror.connections);
  }
  return all;
}

TEST(Descriptors, AtTheStart) {
  struct Row {
    uint64_t limit;
    size_t shadows;
    unsigned workers;
    size_t sessions_max;
    size_t connections;
    size_t sessions;  // a worker's
  };
  for (const Row& row : {
           Row{1024, 1, 1, 0, 128, 416},
           Row{1024, 0, 1, 0, 128, 416},  // room for a first shadow is kept
           Row{1024, 8, 1, 0, 60, 240},
           Row{1024, 8, 4, 0, 60, 60},
           Row{1024, 1, 1, 100, 128, 100},
           Row{1024, 1, 3, 100, 128, 33},
           Row{64, 64, 4, 0, 4, 1},
           Row{1'048'576, 4, 2, 0, 128, 262'000},
       }) {
    auto made = options(row.shadows, row.workers);
    made.relay.sessions_max = row.sessions_max;
    share_descriptors(row.limit, made);
    EXPECT_EQ(made.mirror.connections, row.connections) << row.limit << " for " << row.shadows;
    EXPECT_EQ(made.relay.sessions_max, row.sessions) << row.limit << " for " << row.shadows;
  }
}

TEST(Descriptors, AShadowsOwnNumberCounts) {
  auto made = options(2);
  made.mirror.shadows[0].connections = 5;
  share_descriptors(1024, made);
  EXPECT_EQ(made.mirror.shadows[0].connections, 5U);
  EXPECT_EQ(made.mirror.connections, 128U);
  EXPECT_EQ(made.relay.sessions_max, (960U - 133) / 2);
  auto greedy = options(2);
  greedy.mirror.shadows[0].connections = 5'000;
  share_descriptors(1024, greedy);
  EXPECT_EQ(greedy.mirror.shadows[0].connections, 240U);
  EXPECT_LE(taken(greedy), 960U);
}

// Shadows that have a connection in each worker must not take the clients' descriptors.
TEST(Descriptors, TooFewForTheShadowsAreMissing) {
  struct Row {
    uint64_t limit;
    size_t shadows;
    unsigned workers;
    const char* missing;
  };
  for (const Row& row : {
           Row{64, 16, 1, ""},
           Row{64, 64, 1,
               "64 shadows with 1 workers: a limit of at least 192 open files is expected; it is 64"},
           Row{192, 64, 1, ""},
           Row{191, 64, 1,
               "64 shadows with 1 workers: a limit of at least 192 open files is expected; it is 191"},
           Row{39, 10, 1,
               "10 shadows with 1 workers: a limit of at least 40 open files is expected; it is 39"},
           Row{40, 10, 1, ""},
           Row{8, 0, 8, ""},
           Row{1024, 64, 8,
               "64 shadows with 8 workers: a limit of at least 1088 open files is expected; it is 1024"},
       }) {
    EXPECT_EQ(descriptors_missing(row.limit, options(row.shadows, row.workers)), row.missing) << row.limit;
  }
}

TEST(Descriptors, AReloadLeavesTheClientsTheirs) {
  auto now = options(1, 4);
  share_descriptors(1024, now);
  EXPECT_EQ(descriptors_missing(1024, now, options(32, 4)), "");
  EXPECT_EQ(descriptors_missing(1024, now, options(33, 4)),
            "33 shadows with 4 workers: the client connections leave 128 open files to them until umbra is "
            "restarted");
}

// The sessions of the start keep what they have.
// Each host of a shadow's redirects may have as many connections as the shadow.
TEST(Descriptors, HostsOfRedirectsCount) {
  auto made = options(2);
  made.mirror.shadows[0].redirect_hosts = {"a", "b"};
  share_descriptors(1024, made);
  EXPECT_EQ(made.mirror.connections, 128U) << "none is followed";
  made.mirror.shadows[0].redirects = 1;
  share_descriptors(1024, made);
  EXPECT_EQ(made.mirror.connections, 120U) << "480 for 4 places";
  EXPECT_EQ(2 * made.relay.sessions_max, 480U);
}

TEST(Descriptors, AReloadSharesWhatIsLeft) {
  for (const size_t before : {0, 1, 3, 8}) {
    for (const size_t after : {0, 1, 2, 5, 60}) {
      auto now = options(before, 2);
      share_descriptors(1024, now);
      auto next = options(after, 2);
      share_descriptors(1024, now, next);
      next.relay = now.relay;
      EXPECT_LE(taken(next), std::max<uint64_t>(960, 2 * now.relay.sessions_max * 2 + after * 2))
          << before << " shadows, then " << after;
      if (after == 1) {
        EXPECT_GE(next.mirror.connections, 120U) << before;
      }
    }
  }
}

}  // namespace
}  // namespace umbra::app
