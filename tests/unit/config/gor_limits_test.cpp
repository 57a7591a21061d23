// Limits and turns of several outputs, as they come out over many requests.
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

#include "config/gor_run.h"

namespace umbra::config {
namespace {

using rules::Outcome;

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kPut = "PUT / HTTP/1.1\r\nHost: h\r\n\r\n";

// How many of `count` requests are copied, each with a draw of its own.
int copied(const std::string& limit, int count) {
  const GorOptions options = gor_options_of("--output-http 'http://stg.com|" + limit + "'");
  GorRun run(options.shadows.at(0));
  std::mt19937_64 random(7);
  int copies = 0;
  for (int i = 0; i < count; ++i) copies += run.run(kGet, random()) == Outcome::copy;
  return copies;
}

TEST(GorLimits, Percentages) {
  EXPECT_EQ(copied("0%", 100), 0);
  EXPECT_EQ(copied("0", 100), 0);
  EXPECT_EQ(copied("100%", 100), 100);
  EXPECT_EQ(copied("150%", 100), 100);
  // Within four standard deviations.
  EXPECT_NEAR(copied("10%", 40'000), 4000, 240);
  EXPECT_NEAR(copied("10.5%", 40'000), 4200, 246);
}

TEST(GorLimits, TenOfAHundredAtOnce) {
  const GorOptions options = gor_options_of("--output-http 'http://stg.com|10'");
  GorRun run(options.shadows.at(0));
  const auto of_a_hundred = [&](Nanos now) {
    int copies = 0;
    for (int i = 0; i < 100; ++i) {
      const Outcome outcome = run.run(kGet, 0, now);
      EXPECT_TRUE(outcome == Outcome::copy || outcome == Outcome::rate_limited);
      copies += outcome == Outcome::copy;
    }
    return copies;
  };
  EXPECT_EQ(of_a_hundred(5 * kSecond), 10);
  EXPECT_EQ(of_a_hundred(6 * kSecond), 0) << "a window ends after more than a second";
  EXPECT_EQ(of_a_hundred(6 * kSecond + 1), 10);
}

// How many copies each shadow gets of requests that alternate; no request goes to two.
std::vector<int> shares(const std::string& text, int count) {
  const GorOptions options = gor_options_of(text);
  std::deque<GorRun> runs;
  for (const mirror::ShadowOptions& shadow : options.shadows) runs.emplace_back(shadow);
  std::vector<int> copies(runs.size());
  for (int i = 0; i < count; ++i) {
    int now = 0;
    for (size_t j = 0; j < runs.size(); ++j) {
      const bool copy = runs[j].run(i % 2 == 0 ? kGet : kPut) == Outcome::copy;
      copies[j] += copy;
      now += copy;
    }
    EXPECT_LE(now, 1);
  }
  return copies;
}

TEST(GorLimits, SplitOutputTakesTurns) {
  const std::string two = "--split-output --output-http a --output-http b ";
  EXPECT_EQ(shares(two, 1000), (std::vector{500, 500}));
  EXPECT_EQ(shares(two + "--output-http c", 999), (std::vector{333, 333, 333}));
  EXPECT_EQ(shares(two + "--http-allow-method GET", 1000), (std::vector{250, 250}))
      << "turns count what the filters let pass";
  EXPECT_EQ(shares("--split-output --output-http 'a|0%' --output-http b ", 1000), (std::vector{0, 500}))
      << "what a limit drops is not given to the next";
}

TEST(GorLimits, WithoutSplitOutputEachGetsAll) {
  const GorOptions options = gor_options_of("--output-http a --output-http b --split-output=false");
  ASSERT_EQ(options.shadows.size(), 2U);
  for (const mirror::ShadowOptions& shadow : options.shadows) EXPECT_TRUE(shadow.rules.steps.empty());
}

}  // namespace
}  // namespace umbra::config
