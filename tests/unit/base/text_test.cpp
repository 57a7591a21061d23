#include "umbra/base/text.h"

#include <gtest/gtest.h>

namespace umbra {
namespace {

TEST(Text, EqualsIgnoringCaseIsAsciiOnly) {
  EXPECT_TRUE(equals_ignoring_case("HoSt", "host"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("hosts", "host")) << "longer";
  EXPECT_FALSE(equals_ignoring_case("@", "`")) << "32 apart, but no letters";
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4")) << "Latin-1 has case, ASCII has not";
}

TEST(Text, TrimBlanks) {
  EXPECT_EQ(trim_blanks(" \ta b\t "), "a b");
  EXPECT_EQ(trim_blanks("\t \t"), "");
  EXPECT_EQ(trim_blanks(""), "");
  EXPECT_EQ(trim_blanks("\r\na"), "\r\na") << "line ends are no blanks";
}

TEST(Text, ParseUnsigned) {
  EXPECT_EQ(*parse_unsigned("0"), 0u);
  EXPECT_EQ(*parse_unsigned("18446744073709551615"), 18446744073709551615u);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x5", "1.0", "18446744073709551616", "one"}) {
    EXPECT_FALSE(parse_unsigned(bad)) << bad;
  }
}

TEST(Text, ParseSize) {
  struct Row {
    const char* text;
    uint64_t bytes;
    const char* why;
  };
  for (const Row& row :
       {Row{"0", 0, "none"}, Row{"65536", 65536, "plain bytes"}, Row{"1b", 1, "said so"},
        Row{"1k", 1024, "k alone is binary, as people mean it"}, Row{"64KiB", 65536, "binary"},
        Row{"64kb", 64000, "decimal, in any case"}, Row{"64MiB", 67108864, "the default"},
        Row{"1.5GiB", 1610612736, "a fraction"}, Row{"1GB", 1000000000, "decimal"}}) {
    const auto size = parse_size(row.text);
    ASSERT_TRUE(size) << row.text;
    EXPECT_EQ(*size, row.bytes) << row.why;
  }
  for (const char* bad :
       {"", "KiB", "-1", "1 KiB", "1TiB", "1.2.3", ".", "1e3", "99999999999GiB", "1KiBs", "0x10", "\xff"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(Text, ParseDuration) {
  struct Row {
    const char* text;
    Nanos time;
    const char* why;
  };
  for (const Row& row :
       {Row{"0", 0, "zero needs no unit"}, Row{"0s", 0, "but may have one"},
        Row{"250ms", 250 * kMillisecond, "milliseconds"}, Row{"10us", 10 * kMicrosecond, "microseconds"},
        Row{"1.5s", 1500 * kMillisecond, "a fraction"}, Row{"2m", 120 * kSecond, "minutes, not metres"},
        Row{"1h", 3600 * kSecond, "hours"}, Row{"3S", 3 * kSecond, "in any case"}}) {
    const auto time = parse_duration(row.text);
    ASSERT_TRUE(time) << row.text;
    EXPECT_EQ(*time, row.time) << row.why;
  }
  for (const char* bad : {"", "5", "s", "-1s", "1d", "1 s", "1m30s", "99999999999h"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Text, FormattedSizesAndDurationsAreReadBack) {
  for (const uint64_t size : {0u, 1u, 1023u, 1024u, 65536u, 67108864u, 1073741824u, 1073741825u}) {
    EXPECT_EQ(*parse_size(format_size(size)), size);
  }
  EXPECT_EQ(format_size(67108864), "64MiB");
  for (const Nanos time : {Nanos{0}, 10 * kMicrosecond, 250 * kMillisecond, kSecond, 90 * kSecond}) {
    EXPECT_EQ(*parse_duration(format_duration(time)), time);
  }
  EXPECT_EQ(format_duration(30 * kSecond), "30s");
}

TEST(Text, EscapedIsAlwaysTheInsideOfAJsonString) {
  struct Row {
    std::string text;
    std::string escaped;
    const char* why;
  };
  for (const Row& row : {
           Row{"plain", "plain", "left alone"},
           Row{"a\"b\\c", "a\\\"b\\\\c", "quote and backslash"},
           Row{std::string("\0\x1f\x7f", 3), "\\u0000\\u001f\\u007f", "control bytes"},
           Row{"\r\n", "\\u000d\\u000a", "a line must stay one line"},
           Row{"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "UTF-8"},
           Row{"\xe4", "\\u00e4", "Latin-1, which is no UTF-8"},
           Row{"\xc0\xaf", "\\u00c0\\u00af", "an overlong form"},
           Row{"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080", "a surrogate"},
           Row{"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080", "past U+10FFFF"},
           Row{"\xe2\x82", "\\u00e2\\u0082", "cut short"},
       }) {
    std::string out;
    append_escaped(out, row.text);
    EXPECT_EQ(out, row.escaped) << row.why;
  }
}

TEST(Text, Nearest) {
  EXPECT_EQ(nearest("porxy", {"proxy", "help"}), "proxy");
  EXPECT_EQ(nearest("hlep", {"proxy", "help"}), "help");
  EXPECT_EQ(nearest("x", {"proxy", "help"}), "");
  EXPECT_EQ(nearest("", {"proxy", "help"}), "");
}

TEST(TextTest, CaseAndPercentEncoding) {
  EXPECT_EQ(lower_case("X-Ab_9\xc4"), "x-ab_9\xc4");
  EXPECT_TRUE(same_ignoring_case("hOsT", "HosT"));
  EXPECT_FALSE(same_ignoring_case("host", "hosts"));
  EXPECT_EQ(percent_decoded("a%20b%2Fc%2fd+"), "a b/c/d+");
  EXPECT_EQ(percent_decoded(""), "");
  for (const char* bad : {"%", "a%", "a%2", "%2g", "%g2", "%%41"})
    EXPECT_EQ(percent_decoded(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace umbra
