// W3C trace context of copies.
#include "umbra/rules/trace.h"

#include <gtest/gtest.h>

#include <set>

#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

using Mode = Trace::Mode;

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";
const std::string kValue = "00-" + kTrace + "-" + kParent + "-01";
const std::string kStart = "GET / HTTP/1.1\r\n";

std::string with(const std::string& traceparent) {
  return kStart + "traceparent: " + traceparent + "\r\nB: 1\r\nTraceState: a=1\r\n\r\n";
}

Exchange drawn(uint64_t draw) {
  Exchange exchange;
  exchange.draw = draw;
  return exchange;
}

TEST(TraceParent, Parses) {
  struct Row {
    const char* why;
    std::string value;
    bool valid;
  };
  for (const Row& row : {
           Row{"version 00", kValue, true},
           Row{"flags unknown", "00-" + kTrace + "-" + kParent + "-ff", true},
           Row{"a later version", "01-" + kTrace + "-" + kParent + "-01", true},
           Row{"with more behind it", "01-" + kTrace + "-" + kParent + "-01-more", true},
           Row{"with more, but no dash", "01-" + kTrace + "-" + kParent + "-01more", false},
           Row{"version 00 with more", kValue + "-more", false},
           Row{"version ff", "ff-" + kTrace + "-" + kParent + "-01", false},
           Row{"no version", "0x-" + kTrace + "-" + kParent + "-01", false},
           Row{"zero trace-id", "00-" + std::string(32, '0') + "-" + kParent + "-01", false},
           Row{"zero parent-id", "00-" + kTrace + "-" + std::string(16, '0') + "-01", false},
           Row{"upper case", "00-" + kTrace + "-B7AD6B7169203331-01", false},
           Row{"no hex", "00-" + kTrace + "-b7ad6b716920333g-01", false},
           Row{"flags no hex", "00-" + kTrace + "-" + kParent + "-0g", false},
           Row{"short", kValue.substr(0, 54), false},
           Row{"other dashes", "00_" + kTrace + "_" + kParent + "_01", false},
           Row{"empty", "", false},
       }) {
    EXPECT_EQ(TraceParent::parse(row.value).has_value(), row.valid) << row.why;
  }
  EXPECT_EQ(TraceParent::parse(kValue)->trace_id, kTrace);
  EXPECT_EQ(TraceParent::parse(kValue)->parent_id, kParent);
  EXPECT_EQ(TraceParent::parse("00-" + kTrace + "-" + kParent + "-a3")->flags, 0xa3);
}

TEST(Trace, Copy) { EXPECT_EQ(RulesRun({Trace{Mode::copy}}).edited(with(kValue)), with(kValue)); }

TEST(Trace, Drop) {
  EXPECT_EQ(RulesRun({Trace{Mode::drop}}).edited(with(kValue)), kStart + "B: 1\r\n\r\n");
  EXPECT_EQ(RulesRun({Trace{Mode::drop}}).edited(kStart + "B: 1\r\n\r\n"), kStart + "B: 1\r\n\r\n");
}

TEST(Trace, ChildIsANewParentInTheSameTrace) {
  RulesRun run({Trace{Mode::child}});
  const std::string edited = run.edited(with("cc-" + kTrace + "-" + kParent + "-f3-more"), drawn(7));
  const auto parent = TraceParent::parse(run.draft().header("traceparent"));
  ASSERT_TRUE(parent) << edited;
  EXPECT_EQ(parent->trace_id, kTrace);
  EXPECT_NE(parent->parent_id, kParent);
  EXPECT_EQ(parent->flags, 0x03) << "what is not known of the flags is not sent on";
  EXPECT_EQ(edited, with("00-" + kTrace + "-" + std::string(parent->parent_id) + "-03")) << "all else stays";
}

TEST(Trace, RestartIsANewTrace) {
  RulesRun run({Trace{Mode::restart}});
  const std::string edited = run.edited(with(kValue), drawn(7));
  const auto parent = TraceParent::parse(run.draft().header("traceparent"));
  ASSERT_TRUE(parent) << edited;
  EXPECT_NE(parent->trace_id, kTrace);
  EXPECT_NE(parent->parent_id, kParent);
  EXPECT_EQ(parent->flags, 0x03) << "sampled as it was, and random";
  EXPECT_EQ(edited, kStart + "traceparent: " + std::string(run.draft().header("traceparent")) +
                        "\r\nB: 1\r\nUmbra-Trace-Parent: " + kValue + "\r\n\r\n");
  run.edited(with(kValue.substr(0, 53) + "00"), drawn(7));
  EXPECT_TRUE(run.draft().header("traceparent").ends_with("-02"));
}

TEST(Trace, AStrangersUmbraTraceParentDoesNotStay) {
  RulesRun run({Trace{Mode::restart}});
  run.edited(kStart + "Umbra-Trace-Parent: x\r\ntraceparent: " + kValue +
             "\r\numbra-trace-parent: y\r\n\r\n");
  EXPECT_EQ(run.draft().header("umbra-trace-parent"), kValue);
  EXPECT_EQ(run.draft().fields().size(), 2u);
}

TEST(Trace, WhatIsNotValidIsNone) {
  for (const Mode mode : {Mode::child, Mode::restart}) {
    EXPECT_EQ(RulesRun({Trace{mode}}).edited(with("garbage")), kStart + "B: 1\r\n\r\n");
    EXPECT_EQ(RulesRun({Trace{mode}}).edited(kStart + "tracestate: a=1\r\n\r\n"), kStart + "\r\n");
    EXPECT_EQ(RulesRun({Trace{mode}}).edited(kStart + "B: 1\r\n\r\n"), kStart + "B: 1\r\n\r\n");
    const std::string twice = kStart + "traceparent: " + kValue + "\r\nTraceparent: " + kValue + "\r\n\r\n";
    EXPECT_EQ(RulesRun({Trace{mode}}).edited(twice), kStart + "\r\n") << "which one would be a guess";
  }
}

TEST(Trace, IdsDiffer) {
  std::set<std::string> ids;
  size_t made = 0;
  // Two shadows, or two workers, with the same draws.
  for (const uint64_t salt : {1u, 2u}) {
    RulesRun run({Trace{Mode::child}}, 1, salt);
    for (const uint64_t draw : {0u, 1u, 2u}) {
      for (int i = 0; i < 1000; ++i, ++made) {
        run.edited(with(kValue), drawn(draw));
        ids.insert(std::string(TraceParent::parse(run.draft().header("traceparent"))->parent_id));
      }
    }
  }
  EXPECT_EQ(ids.size(), made);
}

TEST(Trace, IdsComeFromWhatIsGiven) {
  RulesRun one({Trace{Mode::restart}}, 1, 5);
  RulesRun other({Trace{Mode::restart}}, 1, 5);
  EXPECT_EQ(one.edited(with(kValue), drawn(9)), other.edited(with(kValue), drawn(9)));
  EXPECT_NE(one.edited(with(kValue), drawn(10)), other.edited(with(kValue), drawn(11)));
}

}  // namespace
}  // namespace umbra::rules
