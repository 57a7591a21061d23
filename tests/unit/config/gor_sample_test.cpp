#include "umbra/config/gor_sample.h"

#include <gtest/gtest.h>

#include "config/gor_run.h"

namespace umbra::config {
namespace {

using rules::Outcome;
using rules::Sample;

// The percentage; -1: an error.
int percent_of(const std::string& share) {
  GorProblems problems;
  const auto sample = gor_sample({find_gor_flag("http-header-limiter"), "N:" + share, 1, 1}, share, problems);
  EXPECT_EQ(sample.has_value(), !problems.has_error()) << share;
  if (!sample) return -1;
  EXPECT_EQ(sample->hash, Sample::Hash::gor_percent);
  EXPECT_EQ(sample->missing, Sample::Missing::keep);
  return static_cast<int>(sample->percent);
}

TEST(GorSample, Shares) {
  struct Row {
    std::string share;
    int hundredths;
    const char* why;
  };
  for (const Row& row : {
           Row{"25%", 2500, "a percentage"},
           Row{"10.5%", 1050, "gor took it for 0"},
           Row{"010%", 800, "octal, as gor reads it"},
           Row{"0x10%", 1600, "hexadecimal"},
           Row{"101%", 10000, "all"},
           Row{"99999999999999999999%", 10000, "all"},
           Row{" 50 %", 5000, "gor took it for 0"},
           Row{"1/2", 5000, "as it was written before"},
           Row{"1/3", 3300, "cut to a whole percentage"},
           Row{"29/100", 2800, "in floating point"},
           Row{"3/2", 10000, "all"},
           Row{"0/7", 0, "nothing"},
           Row{"-1%", -1, "all to gor"},
           Row{"1/0", -1, "nothing to gor"},
           Row{"5%x", -1, "nothing to gor"},
           Row{"%", -1, "nothing to gor"},
           Row{"25", -1, "an error to gor too"},
           Row{"", -1, "an error"},
           Row{"/", -1, "an error"},
       }) {
    EXPECT_EQ(percent_of(row.share), row.hundredths) << row.share << ": " << row.why;
  }
}

TEST(GorSample, OctalIsSaid) {
  EXPECT_EQ(problems_of(gor_options_of("--http-header-limiter N:010%")),
            "gor.options:1:30: --http-header-limiter 'N:010%': a number with a leading zero is octal to gor: "
            "this is "
            "8%\n");
}

// Their hashes as gor computes them: FNV-1a, 32 bit.
TEST(GorSample, ExactToTheBit) {
  struct Row {
    std::string value;
    bool quarter;
    bool half;
    bool old_half;
  };
  for (const Row& row : {
           Row{"1", false, true, true},
           Row{"2", true, true, true},
           Row{"3", false, false, true},
           Row{"a", true, true, false},
           Row{"foobar", true, true, false},
           Row{"test3414", false, true, true},
           Row{"test2", false, true, false},
           Row{"user-1", true, true, false},
           Row{"user-42", false, false, true},
           Row{"192.168.0.1", false, false, false},
       }) {
    const auto keeps = [&](const std::string& option) {
      const GorOptions options = gor_options_of(option);
      EXPECT_EQ(options.shadows.size(), 1U) << option;
      GorRun run(options.shadows.at(0));
      return run.run("GET /?id=" + row.value + " HTTP/1.1\r\nHost: h\r\nId: " + row.value + "\r\n\r\n") ==
             Outcome::copy;
    };
    EXPECT_EQ(keeps("--http-header-limiter id:25%"), row.quarter) << row.value;
    EXPECT_EQ(keeps("--http-header-limiter id:1/2"), row.half) << row.value;
    EXPECT_EQ(keeps("--http-param-limiter id:25%"), row.quarter) << row.value;
    EXPECT_EQ(keeps("--http-param-limiter id:50%"), row.half) << row.value;
    EXPECT_EQ(keeps("--output-http-header-hash-filter id:1/2"), row.old_half) << row.value;
    EXPECT_EQ(keeps("--output-http-header-hash-filter id:25%"), row.quarter) << row.value;
  }
}

// A fraction takes its part of the next whole percentage, and no more: 10.5 % is not 11 %.
TEST(GorSample, Fractions) {
  const auto kept = [](const std::string& share) {
    const GorOptions options = gor_options_of("--http-header-limiter id:" + share);
    GorRun run(options.shadows.at(0));
    int count = 0;
    for (int i = 0; i < 20'000; ++i) {
      count +=
          run.run("GET / HTTP/1.1\r\nHost: h\r\nId: user-" + std::to_string(i) + "\r\n\r\n") == Outcome::copy;
    }
    return count;
  };
  const int ten = kept("10%");
  const int half = kept("10.5%");
  const int eleven = kept("11%");
  EXPECT_GT(half, ten + 50);
  EXPECT_LT(half, eleven - 50);
}

}  // namespace
}  // namespace umbra::config
