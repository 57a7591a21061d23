#include "umbra/metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace umbra::metrics {
namespace {

TEST(Exposition, WritesAFamilyOnceAndItsSamples) {
  Exposition out;
  out.family(Kind::counter, "things_total", "Things seen.");
  out.sample(uint64_t{17});
  out.sample(uint64_t{18446744073709551615U}, {{"shadow", "a"}, {"reason", "timeout"}});
  out.family(Kind::gauge, "level", "A level.");
  out.sample(0.25);
  EXPECT_EQ(out.take(),
            "# HELP things_total Things seen.\n"
            "# TYPE things_total counter\n"
            "things_total 17\n"
            "things_total{shadow=\"a\",reason=\"timeout\"} 18446744073709551615\n"
            "# HELP level A level.\n"
            "# TYPE level gauge\n"
            "level 0.25\n");
}

TEST(Exposition, EscapesLabelsAndHelp) {
  Exposition out;
  out.family(Kind::gauge, "x", "back\\slash \"quote\"\nline");
  out.sample(uint64_t{1}, {{"l", "back\\slash \"quote\"\nline"}});
  EXPECT_EQ(out.take(),
            "# HELP x back\\\\slash \"quote\"\\nline\n"
            "# TYPE x gauge\n"
            "x{l=\"back\\\\slash \\\"quote\\\"\\nline\"} 1\n");
}

TEST(Exposition, NumbersThatAreNone) {
  Exposition out;
  out.family(Kind::gauge, "x", "X.");
  out.sample(std::numeric_limits<double>::infinity());
  out.sample(-std::numeric_limits<double>::infinity());
  out.sample(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(out.take(), "# HELP x X.\n# TYPE x gauge\nx +Inf\nx -Inf\nx NaN\n");
}

TEST(Exposition, AHistogramIsCumulativeAndEndsWithInf) {
  Histogram values;
  for (const Nanos value :
       {100 * kMicrosecond, 101 * kMicrosecond, kMillisecond, 2 * kSecond, 100 * kSecond}) {
    values.record(value);
  }
  Exposition out;
  out.family(Kind::histogram, "took_seconds", "How long.");
  out.sample(values, {{"leg", "first_byte"}});
  EXPECT_EQ(out.take(),
            "# HELP took_seconds How long.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.0001\"} 1\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.00025\"} 2\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.0005\"} 2\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.001\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.0025\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.005\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.01\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.025\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.05\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.1\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.25\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"0.5\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"1\"} 3\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"2.5\"} 4\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"5\"} 4\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"10\"} 4\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"30\"} 4\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"60\"} 4\n"
            "took_seconds_bucket{leg=\"first_byte\",le=\"+Inf\"} 5\n"
            "took_seconds_sum{leg=\"first_byte\"} 102.001201\n"
            "took_seconds_count{leg=\"first_byte\"} 5\n");
}

}  // namespace
}  // namespace umbra::metrics
