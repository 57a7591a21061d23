#include "umbra/relay/access_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace umbra::relay {
namespace {

const ExchangeRecord kRecord{"GET", "/a?\"b\"", 5, 1000};
const ExchangeTimes kTimes{kSecond, kSecond + 1500 * kMicrosecond, kSecond + 2 * kMillisecond};

std::string line(AccessLog::Format format, const ExchangeRecord& record, unsigned status, uint64_t copied_to,
                 const ExchangeTimes& times) {
  std::string out;
  AccessLog log(format, {"next", "other"}, [&](const std::string& block) { out += block; });
  log.write(record, "127.0.0.1:1", status, copied_to, times);
  EXPECT_EQ(out, "") << "lines are gathered";
  log.flush();
  log.flush();
  return out;
}

TEST(AccessLog, Json) {
  EXPECT_TRUE(std::regex_match(
      line(AccessLog::Format::json, kRecord, 200, 0b11, kTimes),
      std::regex(
          R"(\{"time":"[-0-9T:.]+Z","client":"127.0.0.1:1","method":"GET","target":"/a\?\\"b\\"","status":200,)"
          R"("request_body_bytes":5,"response_bytes":1000,"first_byte_ms":1.5,"total_ms":2(\.0)?,)"
          R"("copied_to":\["next","other"\]\}\n)")));
}

TEST(AccessLog, Logfmt) {
  EXPECT_TRUE(std::regex_match(
      line(AccessLog::Format::logfmt, kRecord, 200, 0b10, kTimes),
      std::regex(
          R"(time=[-0-9T:.]+Z client="127.0.0.1:1" method="GET" target="/a\?\\"b\\"" status=200 )"
          R"(request_body_bytes=5 response_bytes=1000 first_byte_ms=1.5 total_ms=2(\.0)? copied_to="other"\n)")));
}

TEST(AccessLog, ItsSourceStandsBehindTheTime) {
  std::string out;
  for (const auto format : {AccessLog::Format::logfmt, AccessLog::Format::json}) {
    AccessLog log(
        format, {}, [&](const std::string& block) { out += block; }, "umbra");
    log.write(kRecord, "c", 200, 0, kTimes);
    log.flush();
  }
  EXPECT_TRUE(std::regex_search(out, std::regex(R"(^time=\S+ source=umbra client="c" )"))) << out;
  EXPECT_TRUE(std::regex_search(out, std::regex(R"(\n\{"time":"[^"]+","source":"umbra","client":"c",)")))
      << out;
}

// The bits of a shadow that stays keep their meaning over a reload.
TEST(AccessLog, NamesMayChange) {
  std::string out;
  AccessLog log(AccessLog::Format::json, {"next"}, [&](const std::string& block) { out += block; });
  log.write(kRecord, "", 200, 0b1, kTimes);
  log.name_shadows({"next", "", "third"});
  log.write(kRecord, "", 200, 0b101, kTimes);
  log.flush();
  EXPECT_NE(out.find(R"("copied_to":["next"]})"), out.npos);
  EXPECT_NE(out.find(R"("copied_to":["next","third"]})"), out.npos);
}

TEST(AccessLog, AnExchangeWithoutAnAnswer) {
  const std::string out = line(AccessLog::Format::json, kRecord, 0, 0, {kSecond, 0, 2 * kSecond});
  EXPECT_NE(out.find("\"status\":0"), out.npos);
  EXPECT_EQ(out.find("first_byte_ms"), out.npos);
  EXPECT_NE(out.find("\"copied_to\":[]"), out.npos);
}

TEST(AccessLog, AStrangersBytesStayInTheirLine) {
  for (const auto format : {AccessLog::Format::json, AccessLog::Format::logfmt}) {
    const std::string out = line(format, {"GET\n", std::string("\0\r\n\xff\"", 5), 0, 0}, 200, 0, kTimes);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\0'), 0);
  }
}

TEST(AccessLog, BlocksGoOutWhenTheyAreFull) {
  size_t blocks = 0;
  size_t lines = 0;
  AccessLog log(AccessLog::Format::json, {}, [&](const std::string& block) {
    ++blocks;
    lines += static_cast<size_t>(std::count(block.begin(), block.end(), '\n'));
    EXPECT_TRUE(block.ends_with("}\n"));
    EXPECT_LT(block.size(), AccessLog::kBlock + 1000);
  });
  for (int i = 0; i < 1000; ++i) log.write(kRecord, "c", 200, 0, kTimes);
  log.flush();
  EXPECT_GT(blocks, 3u);
  EXPECT_EQ(lines, 1000u);
}

}  // namespace
}  // namespace umbra::relay
