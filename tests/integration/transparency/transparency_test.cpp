// Every conversation without umbra and with umbra between: the same bytes and the same end at both sides,
// however they are cut; and of what is ambiguous the shadow gets nothing.
#include <gtest/gtest.h>

#include "integration/transparency/conversation.h"
#include "support/eventually.h"
#include "support/http_script.h"

namespace umbra::integration {
namespace {

using support::RunningProxy;
using support::ScriptedOrigin;

class Transparency : public testing::TestWithParam<Conversation> {
 protected:
  // Whole; cut once at each byte, or at so many places of a long one; byte by byte, or in many pieces.
  static std::vector<Cuts> ways_to_cut(size_t length) {
    constexpr size_t kSingleCuts = 250;
    constexpr size_t kPieces = 700;
    std::vector<Cuts> ways{{}};
    const size_t stride = length / kSingleCuts + 1;
    for (size_t cut = 1; cut < length; cut += stride) ways.push_back({cut});
    Cuts all;
    for (size_t cut = 1; cut < length; cut += length / kPieces + 1) all.push_back(cut);
    ways.push_back(all);
    return ways;
  }

  static void expect_unfelt(const Conversation& conversation, RunningProxy& umbra, ScriptedOrigin& app,
                            const std::vector<Cuts>& ways) {
    const Heard without = hold(conversation, app.port(), app, {});
    for (const Cuts& cuts : ways) {
      const Heard with = hold(conversation, umbra.port(), app, cuts);
      ASSERT_TRUE(with == without) << "with " << cuts.size() << " cuts, the first at "
                                   << (cuts.empty() ? 0 : cuts[0]) << "\nwith umbra\n"
                                   << describe(with) << "\nwithout\n"
                                   << describe(without);
    }
  }
};

TEST_P(Transparency, IsUnfeltAndCopiedOnlyWhenSound) {
  const Conversation& conversation = GetParam();
  ScriptedOrigin app([](support::OriginConnection&) {});
  ScriptedOrigin shadow(support::serve_http);
  auto options = support::proxy_options(app.address(), {shadow.address()});
  options.mirror.pipeline = 1;
  RunningProxy umbra(options);
  const auto ways = ways_to_cut(length_of(conversation));
  expect_unfelt(conversation, umbra, app, ways);

  EXPECT_TRUE(shadow.wait_for_requests(conversation.copies * ways.size())) << shadow.requests();
  EXPECT_TRUE(support::eventually([&] { return umbra.shadow().in_flight == 0; }));
  EXPECT_EQ(shadow.requests(), conversation.copies * ways.size()) << "whole requests at the shadow";
  const auto counters = umbra.shadow();
  EXPECT_EQ(counters.seen, counters.accounted());
  EXPECT_EQ(counters.completed, conversation.copies * ways.size());
  if (conversation.dropped) {
    EXPECT_EQ(counters.dropped[*conversation.dropped], ways.size());
  }
  EXPECT_TRUE(support::eventually([&] {
    const auto sessions = umbra.snapshot().total.sessions;
    return sessions.opened == ways.size() && sessions.closed == ways.size();
  }));
  const auto opaque = umbra.snapshot().total.sessions.opaque;
  EXPECT_EQ(opaque.sum(), conversation.opaque == Opaque::none ? 0 : ways.size());
  if (conversation.opaque != Opaque::none) {
    EXPECT_EQ(opaque[conversation.opaque], ways.size())
        << "for another reason than " << name_of(conversation.opaque);
  }
}

std::string name_of_row(const testing::TestParamInfo<Conversation>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Sound, Transparency, testing::ValuesIn(sound_conversations()), name_of_row);
INSTANTIATE_TEST_SUITE_P(Odd, Transparency, testing::ValuesIn(odd_conversations()), name_of_row);

}  // namespace
}  // namespace umbra::integration
