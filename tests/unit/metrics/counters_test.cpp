#include "umbra/metrics/counters.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <type_traits>

namespace umbra::metrics {
namespace {

// Every counter is a uint64_t, so a block of counters full of ones must add up to one full of twos:
// a field that add() forgets shows.
template <typename Counters>
void expect_all_are_added() {
  static_assert(std::is_trivially_copyable_v<Counters> && sizeof(Counters) % sizeof(uint64_t) == 0);
  using Words = std::array<uint64_t, sizeof(Counters) / sizeof(uint64_t)>;
  Words ones;
  ones.fill(1);
  const auto one = std::bit_cast<Counters>(ones);
  Counters sum = one;
  sum.add(one);
  size_t maxima = 0;  // a histogram's largest value is not added
  for (const uint64_t word : std::bit_cast<Words>(sum)) maxima += word == 1 ? 1U : 0U;
  constexpr bool has_histograms = sizeof(Counters) > 2 * sizeof(Histogram);
  EXPECT_EQ(maxima, has_histograms ? 2U : 0U);
}

TEST(Counters, AddForgetsNone) {
  expect_all_are_added<SessionCounters>();
  expect_all_are_added<LiveCounters>();
  expect_all_are_added<ShadowCounters>();
}

// The eight levels go, the counts stay.
TEST(Counters, LevelsEndWithTheShadow) {
  using Words = std::array<uint64_t, sizeof(ShadowCounters) / sizeof(uint64_t)>;
  Words ones;
  ones.fill(1);
  auto shadow = std::bit_cast<ShadowCounters>(ones);
  shadow.clear_levels();
  size_t cleared = 0;
  for (const uint64_t word : std::bit_cast<Words>(shadow)) cleared += word == 0 ? 1U : 0U;
  EXPECT_EQ(cleared, 8U);
  EXPECT_EQ(shadow.held_bytes + shadow.waiting + shadow.stopped, 0U);
  EXPECT_EQ(shadow.in_flight, 1U);
}

TEST(Counters, WorkersAreAddedShadowByShadow) {
  WorkerCounters total;
  WorkerCounters worker;
  worker.shadows.resize(2);
  worker.shadows[1].seen = 3;
  worker.access_log_lost = 1;
  total.add(worker);
  total.add(worker);
  ASSERT_EQ(total.shadows.size(), 2U);
  EXPECT_EQ(total.shadows[0].seen, 0U);
  EXPECT_EQ(total.shadows[1].seen, 6U);
  EXPECT_EQ(total.access_log_lost, 2U);
}

TEST(Counters, AccountedSumsEveryWayACopyCanEnd) {
  ShadowCounters shadow;
  shadow.filtered = 1;
  shadow.sampled_out = 2;
  shadow.dropped[Drop::over_budget] = 3;
  shadow.completed = 4;
  shadow.failed[Fail::reset] = 5;
  shadow.in_flight = 6;
  EXPECT_EQ(shadow.accounted(), 21U);
}

TEST(Counters, StatusClasses) {
  struct Row {
    unsigned status;
    size_t expected;
    const char* why;
  };
  for (const Row& row :
       {Row{0, 0, "never answered"}, Row{101, 1, "switched"}, Row{200, 2, "ok"}, Row{404, 4, "not found"},
        Row{599, 5, "the last"}, Row{600, 5, "out of range"}, Row{99, 5, "out of range"}}) {
    EXPECT_EQ(status_class(row.status), row.expected) << row.why;
  }
}

}  // namespace
}  // namespace umbra::metrics
