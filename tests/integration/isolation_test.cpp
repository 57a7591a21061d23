// Every fault of a shadow × every kind of request: what a client and the app see is what they see without
// umbra, at the same speed; memory stays inside its bound; every copy is accounted for; and copies arrive
// again when the shadow has recovered.  Then once more with shadows that have rules.
#include <gtest/gtest.h>

#include <tuple>

#include "integration/arena.h"

namespace umbra::integration {
namespace {

bool is_among(const std::string& all, const std::vector<std::string>& allowed) {
  size_t begin = 0;
  while (begin < all.size()) {
    const std::string one = all.substr(begin, all.find('=', begin) - begin);
    if (std::find(allowed.begin(), allowed.end(), one) == allowed.end()) return false;
    begin = std::min(all.find(' ', begin), all.size() - 1) + 1;
  }
  return true;
}

struct Mode {
  const char* name;
  unsigned pipeline;
};
constexpr Mode kModes[] = {{"faithful", 1}, {"auto", 0}, {"forced", 4}};

// A depth makes no difference to a single copy.
size_t modes_for(const Kind& kind) { return kind.requests > 1 ? std::size(kModes) : 2; }

class Isolation : public ::testing::TestWithParam<std::tuple<Fault, Kind>> {
 protected:
  const Fault& fault() const { return std::get<0>(GetParam()); }
  const Kind& kind() const { return std::get<1>(GetParam()); }

  void expect_untouched(Arena& arena) {
    const Transcript with = arena.talk(kind());
    EXPECT_EQ(difference(with, without_umbra(kind())), "");
    if (!arena.steady()) return;
    EXPECT_LT(with.client.took, time_limit(kind())) << "a client waited for a shadow";
  }

  void expect_accounted(Arena& arena, const Mode& mode) {
    ASSERT_TRUE(arena.settled()) << outcomes(arena.bad_counters());
    const auto bad = arena.bad_counters();
    const auto good = arena.good_counters();
    EXPECT_EQ(bad.seen, kind().requests * arena.talks());
    EXPECT_EQ(bad.seen, bad.accounted()) << outcomes(bad);
    EXPECT_EQ(bad.held_bytes, 0U) << outcomes(bad);
    EXPECT_EQ(good.held_bytes, 0U) << outcomes(good);
    // What a shadow that stands still for a while cannot answer in time.
    if (!kind().small_whole_copies || !arena.steady()) return;
    EXPECT_EQ(good.completed, good.seen) << "a shadow feels the other: " << outcomes(good);
    if (mode.pipeline == 1) {
      auto allowed = fault().outcomes;
      if (kind().no_bodies_back) allowed.push_back("completed");  // what is wrong with a body is never seen
      EXPECT_TRUE(is_among(outcomes(bad), allowed)) << outcomes(bad);
    }
  }

  void expect_recovery(Arena& arena) {
    if (fault().where == Fault::Where::unresolved) return;  // .invalid never gets an address
    arena.repair();
    EXPECT_EQ(arena.next_copy(), "");
  }

  // In the first so many modes.
  void expect_isolation(size_t modes, Arena::Copies copies) {
    std::vector<std::unique_ptr<Arena>> arenas;
    for (size_t i = 0; i < modes; ++i) {
      SCOPED_TRACE(kModes[i].name);
      expect_untouched(*arenas.emplace_back(std::make_unique<Arena>(fault(), kModes[i].pipeline, copies)));
    }
    for (size_t i = 0; i < modes; ++i) {
      SCOPED_TRACE(kModes[i].name);
      expect_accounted(*arenas[i], kModes[i]);
      expect_recovery(*arenas[i]);
      EXPECT_EQ(arenas[i]->watcher().stop(), "");
    }
  }
};

TEST_P(Isolation, HoldsInEveryMode) { expect_isolation(modes_for(kind()), Arena::Copies::unedited); }

class IsolationUnderRules : public Isolation {};

TEST_P(IsolationUnderRules, Holds) { expect_isolation(1, Arena::Copies::edited); }

const auto kNames = [](const auto& row) {
  return std::string(std::get<0>(row.param).name) + "_with_" + std::get<1>(row.param).name;
};

INSTANTIATE_TEST_SUITE_P(, Isolation,
                         ::testing::Combine(::testing::ValuesIn(faults()), ::testing::ValuesIn(kinds())),
                         kNames);

INSTANTIATE_TEST_SUITE_P(, IsolationUnderRules,
                         ::testing::Combine(::testing::ValuesIn(faults()),
                                            ::testing::ValuesIn(kinds_under_rules())),
                         kNames);

}  // namespace
}  // namespace umbra::integration
