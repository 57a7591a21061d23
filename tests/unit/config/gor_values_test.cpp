#include "umbra/config/gor_values.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace umbra::config {
namespace {

TEST(GorValues, Booleans) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) EXPECT_EQ(parse_go_bool(yes), true) << yes;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) EXPECT_EQ(parse_go_bool(no), false) << no;
  for (const char* neither : {"", "yes", "on", "tRUE", "2"}) EXPECT_FALSE(parse_go_bool(neither)) << neither;
}

TEST(GorValues, Integers) {
  struct Row {
    std::string text;
    std::optional<int64_t> value;
  };
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  for (const Row& row : {Row{"0", 0},
                         Row{"42", 42},
                         Row{"-1", -1},
                         Row{"+7", 7},
                         Row{"0x1F", 31},
                         Row{"0X1f", 31},
                         Row{"0o17", 15},
                         Row{"017", 15},
                         Row{"0b111", 7},
                         Row{"1_000", 1000},
                         Row{"0x_f", 15},
                         Row{"0_7", 7},
                         Row{"9223372036854775807", most},
                         Row{"9223372036854775808", most},
                         Row{"99999999999999999999", most},
                         Row{"-99999999999999999999", -most},
                         Row{"", std::nullopt},
                         Row{"-", std::nullopt},
                         Row{"08", std::nullopt},
                         Row{"0x", std::nullopt},
                         Row{"0x_", std::nullopt},
                         Row{"_1", std::nullopt},
                         Row{"1_", std::nullopt},
                         Row{"1__0", std::nullopt},
                         Row{"0b2", std::nullopt},
                         Row{"1.5", std::nullopt},
                         Row{" 1", std::nullopt},
                         Row{"--1", std::nullopt},
                         Row{"f", std::nullopt}}) {
    EXPECT_EQ(parse_go_integer(row.text), row.value) << row.text;
  }
}

TEST(GorValues, Sizes) {
  struct Row {
    std::string text;
    uint64_t bytes;
  };
  for (const Row& row : {Row{"42mb", 44040192}, Row{"0600Tb", uint64_t{384} << 40}, Row{"0o12Mb", 10 << 20},
                         Row{"0x12gB", uint64_t{18} << 30}, Row{"0b111", 7}, Row{"4_2", 42},
                         Row{"1024", 1024}, Row{"0", 0}, Row{"0x1b", 27}, Row{"1kb", 1024}}) {
    const auto size = parse_gor_size(row.text);
    ASSERT_TRUE(size) << row.text;
    EXPECT_EQ(*size, row.bytes) << row.text;
  }
  for (const char* bad : {"", "mb", "256m", "1b", "1.5mb", "-1", "-1kb", "1 kb", "9000000tb", "1pb"}) {
    const auto size = parse_gor_size(bad);
    ASSERT_FALSE(size) << bad;
    EXPECT_EQ(size.error().detail, "a size such as 1024, 256kb or 5mb is expected");
  }
}

TEST(GorValues, Durations) {
  struct Row {
    std::string text;
    Nanos time;
  };
  for (const Row& row :
       {Row{"30s", 30 * kSecond}, Row{"500ms", 500 * kMillisecond}, Row{"1m30s", 90 * kSecond}, Row{"0", 0},
        Row{"0s", 0}, Row{"1.5h", 5400 * kSecond}, Row{".5s", kSecond / 2}, Row{"7us", 7 * kMicrosecond},
        Row{"7\xc2\xb5s", 7 * kMicrosecond}, Row{"9ns", 9},
        Row{"1h2m3s4ms", 3723 * kSecond + 4 * kMillisecond}}) {
    const auto time = parse_gor_duration(row.text);
    ASSERT_TRUE(time) << row.text;
    EXPECT_EQ(*time, row.time) << row.text;
  }
  for (const char* bad : {"", "30", "s", "-1s", "1d", "1.2.3s", "1s ", "1m30", "9999999999h", "1e3s", "."}) {
    const auto time = parse_gor_duration(bad);
    ASSERT_FALSE(time) << bad;
    EXPECT_EQ(time.error().detail, "a duration such as 500ms, 30s or 1m30s is expected");
  }
}

TEST(GorValues, Percentages) {
  struct Row {
    std::string text;
    Radix radix;
    int hundredths;  // -1: an error
  };
  for (const Row& row : {
           Row{"10", Radix::ten, 1000},     Row{"10", Radix::go, 1000},
           Row{"10.5", Radix::ten, 1050},   Row{"10.5", Radix::go, 1050},
           Row{"0.01", Radix::go, 1},       Row{"010.25", Radix::go, 1025},
           Row{"010", Radix::ten, 1000},    Row{"010", Radix::go, 800},
           Row{"0x10", Radix::go, 1600},    Row{"0x10", Radix::ten, -1},
           Row{" 50 ", Radix::go, 5000},    Row{"0", Radix::ten, 0},
           Row{"100", Radix::ten, 10000},   Row{"101", Radix::go, 10000},
           Row{"150", Radix::ten, 10000},   Row{"99.99", Radix::go, 9999},
           Row{"100.01", Radix::go, 10000}, Row{"99999999999999999999", Radix::go, 10000},
           Row{"", Radix::go, -1},          Row{"", Radix::ten, -1},
           Row{"-1", Radix::go, -1},        Row{"-5", Radix::ten, -1},
           Row{"5%x", Radix::go, -1},       Row{"abc", Radix::ten, -1},
           Row{"1.", Radix::go, -1},        Row{".5", Radix::go, -1},
           Row{"10.555", Radix::go, -1},    Row{"1.2.3", Radix::go, -1},
           Row{"-0.5", Radix::go, -1},
       }) {
    const auto percent = parse_gor_percent(row.text, row.radix);
    EXPECT_EQ(percent ? static_cast<int>(*percent) : -1, row.hundredths) << row.text;
    EXPECT_TRUE(percent || percent.error().detail.ends_with("is expected")) << row.text;
  }
}

}  // namespace
}  // namespace umbra::config
