#include "umbra/rules/json_reader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace umbra::rules {
namespace {

using Kind = JsonReader::Kind;

bool accepts(std::string_view text) {
  JsonReader reader(text);
  for (;;) {
    const Kind kind = reader.next().kind;
    if (kind == Kind::end) return true;
    if (kind == Kind::fault) return false;
  }
}

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonReader, GivesTokensWithTheirBytes) {
  JsonReader reader(" {\"a\" : [1.50, \"b\\n\", true ], \"\":{}}\n");
  const std::vector<std::pair<Kind, std::string>> expected{
      {Kind::object, "{"},     {Kind::name, "\"a\""},      {Kind::array, "["},
      {Kind::other, "1.50"},   {Kind::string, "\"b\\n\""}, {Kind::other, "true"},
      {Kind::array_end, "]"},  {Kind::name, "\"\""},       {Kind::object, "{"},
      {Kind::object_end, "}"}, {Kind::object_end, "}"},    {Kind::end, ""},
      {Kind::end, ""},
  };
  for (const auto& [kind, text] : expected) {
    const auto token = reader.next();
    EXPECT_EQ(token.kind, kind) << text;
    EXPECT_EQ(token.text, text);
  }
}

TEST(JsonReader, AFaultStays) {
  JsonReader reader("[1 2]");
  reader.next();
  reader.next();
  EXPECT_EQ(reader.next().kind, Kind::fault);
  EXPECT_EQ(reader.next().kind, Kind::fault);
}

TEST(JsonReader, RestOfAValue) {
  JsonReader reader("[{\"a\":[1,{}]} ,7,\"s\", [2}]");
  reader.next();
  EXPECT_EQ(reader.rest_of(reader.next()), "{\"a\":[1,{}]}");
  EXPECT_EQ(reader.rest_of(reader.next()), "7");
  EXPECT_EQ(reader.rest_of(reader.next()), "\"s\"");
  EXPECT_EQ(reader.rest_of(reader.next()), "") << "a fault within";
}

// What both say of it, and that nlohmann says so too.
TEST(JsonReader, AcceptsWhatNlohmannAccepts) {
  for (const char* text : {
           "null",
           "true",
           "false",
           "0",
           "-0",
           "-1.5e+10",
           "1E-2",
           "0.10",
           "\"\"",
           "[]",
           "{}",
           " \t\r\n[ ] \n",
           "[1,[2,[3]],{}]",
           "{\"a\":1,\"a\":2}",
           "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
           "\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"",
           "\"\\u0000\"",
           "[\"\\uFFFF\"]",
       }) {
    EXPECT_TRUE(accepts(text)) << text;
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
  }
}

TEST(JsonReader, RefusesWhatNlohmannRefuses) {
  for (const char* text : {
           "",
           " ",
           "nul",
           "nulll",
           "True",
           "+1",
           "01",
           "-",
           "1.",
           ".5",
           "1e",
           "1e+",
           "0x1",
           "NaN",
           "Infinity",
           "'a'",
           "\"",
           "\"\\",
           "\"\\x\"",
           "\"\\u12\"",
           "\"\\u12g4\"",
           "\"a\nb\"",
           "\"\t\"",
           "[",
           "]",
           "[1",
           "[1,",
           "[1,]",
           "[,1]",
           "[1 2]",
           "[1}",
           "{\"a\"}",
           "{\"a\":}",
           "{\"a\":1,}",
           "{,}",
           "{1:2}",
           "{a:1}",
           "{\"a\":1]",
           "{\"a\" 1}",
           "{\"a\"::1}",
           "1 2",
           "{}{}",
           "[] x",
           "// c\n1",
           "/**/1",
           "\"\\uD83D\"",
           "\"\\uD83D\\u0041\"",
           "\"\\uDE00\"",
           "\"\\uD83D\\",
           "\"\\uD83Dx\"",
           "\"\xff\"",
           "\"\xc3\"",
           "\"\xc0\x80\"",
           "\"\xed\xa0\x80\"",
           "\"\xf4\x90\x80\x80\"",
           "\xa0[]",
           "[\v1]",
       }) {
    EXPECT_FALSE(accepts(text)) << text;
    EXPECT_FALSE(nlohmann::json::accept(text)) << text;
  }
}

TEST(JsonReader, DiffersFromNlohmannHere) {
  EXPECT_TRUE(accepts("1e400")) << "a number's size is not ours to judge";
  EXPECT_FALSE(nlohmann::json::accept("1e400"));
  EXPECT_FALSE(accepts("\xef\xbb\xbf{}")) << "no byte order mark, RFC 8259 section 8.1";
  EXPECT_TRUE(nlohmann::json::accept("\xef\xbb\xbf{}"));
  const std::string with_nul("{}\0{", 4);
  EXPECT_FALSE(accepts(with_nul)) << "a NUL ends nothing";
  EXPECT_TRUE(nlohmann::json::accept(with_nul));
  EXPECT_TRUE(accepts(nested(JsonReader::kDepthMax)));
  EXPECT_FALSE(accepts(nested(JsonReader::kDepthMax + 1))) << "deeper than we go";
  EXPECT_TRUE(nlohmann::json::accept(nested(JsonReader::kDepthMax + 1)));
  EXPECT_FALSE(accepts(std::string(1'000'000, '['))) << "and no stack is used up";
}

TEST(JsonReader, RefusesOtherEncodings) {
  EXPECT_FALSE(accepts(std::string("{\0}\0", 4))) << "UTF-16LE";
  EXPECT_FALSE(accepts(std::string("\xff\xfe{\0}\0", 6))) << "with its mark";
  EXPECT_FALSE(accepts(std::string("\0{\0}", 4))) << "UTF-16BE";
}

// Cut anywhere, a text that is an object is no text.
TEST(JsonReader, EveryPrefixIsRefused) {
  const std::string text = "{\"a\":[1.5e3,\"\\uD83D\\uDE00\xc3\xa9\",null,{\"b\":false}]}";
  ASSERT_TRUE(accepts(text));
  for (size_t size = 0; size < text.size(); ++size) {
    const std::string prefix = text.substr(0, size);
    EXPECT_FALSE(accepts(prefix)) << prefix;
  }
}

TEST(JsonReader, Unescapes) {
  struct Row {
    const char* quoted;
    std::string text;
  };
  for (const Row& row : {
           Row{"\"\"", ""},
           Row{"\"plain\"", "plain"},
           Row{"\"\\u0065mail\"", "email"},
           Row{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
           Row{"\"\\u0000\"", std::string(1, '\0')},
           Row{"\"\\u007f\\u0080\\u07ff\"", "\x7f\xc2\x80\xdf\xbf"},
           Row{"\"\\u0800\\uFFff\"", "\xe0\xa0\x80\xef\xbf\xbf"},
           Row{"\"\\uD83D\\uDE00.\"", "\xf0\x9f\x98\x80."},
           Row{"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf"},
       }) {
    EXPECT_EQ(JsonReader::unescape(row.quoted), row.text) << row.quoted;
    EXPECT_EQ(nlohmann::json::parse(row.quoted).get<std::string>(), row.text) << row.quoted;
  }
}

}  // namespace
}  // namespace umbra::rules
