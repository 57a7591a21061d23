#include "umbra/base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <regex>

namespace umbra {
namespace {

// A log into a pipe, and what came out of it.
class LogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_.data()), 0); }
  void TearDown() override {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }
  Log log(LogFormat format, LogLevel level = LogLevel::debug) { return Log(level, format, ends_[1]); }
  Log log_of(const std::string& source, LogFormat format) {
    return Log(LogLevel::debug, format, ends_[1], source);
  }
  std::string written() {
    close(std::exchange(ends_[1], -1));
    std::string all;
    std::array<char, 4096> part;
    for (ssize_t n = 0; (n = read(ends_[0], part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<size_t>(n));
    }
    return all;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST_F(LogTest, TextIsForPeople) {
  Log out = log(LogFormat::text);
  out.info("listening", {{"address", "[::]:80"}, {"n", 3}});
  out.warn("accepting pauses", {{"why", "no more files"}});
  EXPECT_EQ(written(),
            "umbra: listening address=[::]:80 n=3\n"
            "umbra: warn: accepting pauses why=\"no more files\"\n");
}

TEST_F(LogTest, Logfmt) {
  log(LogFormat::logfmt).error("it broke", {{"empty", ""}, {"quoted", "a\"b=c"}, {"n", uint64_t{7}}});
  EXPECT_TRUE(std::regex_match(
      written(), std::regex("time=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z level=error "
                            "msg=\"it broke\" empty=\"\" quoted=\"a\\\\\"b=c\" n=7\n")));
}

TEST_F(LogTest, Json) {
  log(LogFormat::json).debug("a \"word\"", {{"path", "\xff\n"}, {"n", 7}});
  EXPECT_TRUE(std::regex_match(
      written(), std::regex("\\{\"time\":\"[^\"]+Z\",\"level\":\"debug\",\"msg\":\"a \\\\\"word\\\\\"\","
                            "\"path\":\"\\\\u00ff\\\\u000a\",\"n\":7\\}\n")));
}

TEST_F(LogTest, ASourceStandsInEveryLineForMachines) {
  Log logfmt = log_of("umbra", LogFormat::logfmt);
  logfmt.info("one");
  logfmt.warn("two", {{"n", 1}});
  log_of("umbra", LogFormat::json).info("three", {{"n", 1}});
  log_of("umbra", LogFormat::text).info("four");
  EXPECT_TRUE(std::regex_match(written(), std::regex("time=\\S+ level=info source=umbra msg=\"one\"\n"
                                                     "time=\\S+ level=warn source=umbra msg=\"two\" n=1\n"
                                                     "\\{\"time\":\"[^\"]+\",\"level\":\"info\",\"source\":"
                                                     "\"umbra\",\"msg\":\"three\",\"n\":1\\}\n"
                                                     "umbra: four\n")));
}

TEST_F(LogTest, AStrangersBytesStayOnOneLine) {
  for (const LogFormat format : {LogFormat::text, LogFormat::logfmt, LogFormat::json}) {
    log(format).info("x\nlevel=error", {{"k", "v\r\nlevel=error msg=forged"}});
  }
  const std::string all = written();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
}

TEST_F(LogTest, LevelsBelowTheOneAskedForAreSilent) {
  Log out = log(LogFormat::text, LogLevel::warn);
  out.debug("no");
  out.info("no");
  out.warn("yes");
  EXPECT_EQ(written(), "umbra: warn: yes\n");
}

TEST_F(LogTest, OffIsOff) {
  Log out = log(LogFormat::text, LogLevel::off);
  out.error("no");
  EXPECT_EQ(written(), "");
}

TEST(LogGate, LetsOneThroughInASecondAndCountsTheRest) {
  LogGate gate;
  uint64_t held = 99;
  EXPECT_TRUE(gate.open(10 * kSecond, held));
  EXPECT_EQ(held, 0u);
  EXPECT_FALSE(gate.open(10 * kSecond, held));
  EXPECT_FALSE(gate.open(11 * kSecond - 1, held));
  EXPECT_TRUE(gate.open(11 * kSecond, held));
  EXPECT_EQ(held, 2u);
  EXPECT_FALSE(gate.open(11 * kSecond, held));
}

}  // namespace
}  // namespace umbra
