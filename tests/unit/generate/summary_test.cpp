#include "umbra/generate/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace umbra::generate {
namespace {

Outcome outcome_of(uint64_t begun, uint64_t dropped) {
  Outcome outcome;
  outcome.planned = outcome.measured = 10 * kSecond;
  outcome.asked = static_cast<double>(begun + dropped);
  outcome.tally.begun = outcome.tally.answered = begun;
  outcome.tally.dropped = dropped;
  outcome.tally.statuses[2] = begun;
  for (uint64_t i = 0; i < begun; ++i) outcome.tally.from_intended.record((i + 1) * kMillisecond);
  return outcome;
}

const Heading kHeading{"http://h/", "GET", "100/s for 10s, even", 7};

TEST(Summary, ShortTimes) {
  struct Row {
    Nanos time;
    const char* text;
  };
  for (const Row& row : {Row{0, "0 ns"}, Row{999, "999 ns"}, Row{1'250, "1.25 us"}, Row{82'000, "82.0 us"},
                         Row{340'000, "340 us"}, Row{1'250'000, "1.25 ms"}, Row{2'500'000'000, "2.50 s"}}) {
    EXPECT_EQ(short_time(row.time), row.text);
  }
}

TEST(Summary, JsonSaysWhatWasMeasured) {
  const auto json = nlohmann::json::parse(summary_json(kHeading, outcome_of(1000, 0)));
  EXPECT_EQ(json["target"], "http://h/");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["valid"], true);
  EXPECT_EQ(json["rate"]["asked"], 100.0);
  EXPECT_EQ(json["rate"]["achieved"], 100.0);
  EXPECT_EQ(json["iterations"]["begun"], 1000);
  EXPECT_EQ(json["latency"]["from_intended"]["p50"], 0.5);
  EXPECT_EQ(json["latency"]["from_intended"]["max"], 1.0);
  EXPECT_EQ(json["latency"]["tls_handshake"]["count"], 0);
  EXPECT_FALSE(json["latency"]["tls_handshake"].contains("p50")) << "no percentile of nothing";
  EXPECT_EQ(json["statuses"]["2xx"], 1000);
  EXPECT_EQ(json["failures"]["timeout"], 0);
}

TEST(Summary, ALoadThatWasNotHeldIsInvalid) {
  const Outcome held = outcome_of(981, 19);
  EXPECT_TRUE(held.valid());
  EXPECT_EQ(summary_text(kHeading, held).find("INVALID"), std::string::npos);
  const Outcome missed = outcome_of(979, 21);
  EXPECT_FALSE(missed.valid());
  EXPECT_NE(summary_text(kHeading, missed).find("INVALID          the load was not held: 97.90 %"),
            std::string::npos);
  Outcome late = outcome_of(1000, 0);
  late.measured = 11 * kSecond;  // all were begun, but not in time
  EXPECT_FALSE(late.valid());
}

}  // namespace
}  // namespace umbra::generate
