#include "umbra/rules/mask_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "umbra/base/keyed_hash.h"

namespace umbra::rules {
namespace {

// The masked text; nothing: it is no JSON.
std::optional<std::string> masked(const std::vector<std::string>& paths, std::string_view text,
                                  const MaskWith& with = {}, size_t most = 4096) {
  const auto compiled = JsonPaths::compile(paths);
  EXPECT_TRUE(compiled) << paths[0];
  Splice splice(text, most);
  if (!mask_json(text, *compiled, with, splice)) return std::nullopt;
  EXPECT_FALSE(splice.too_large());
  return std::move(splice).finish();
}

TEST(MaskJson, Table) {
  struct Row {
    std::vector<std::string> paths;
    const char* text;
    const char* expected;
    const char* why;
  };
  for (const Row& row : {
           Row{{"a"}, R"({"a":"s"})", R"({"a":"***"})", "a string"},
           Row{{"a"}, R"({"a":""})", R"({"a":"***"})", "an empty one"},
           Row{{"a"}, R"({"a":-1.5e3})", R"({"a":"***"})", "a number"},
           Row{{"a"}, R"({"a":true})", R"({"a":"***"})", "a boolean"},
           Row{{"a"}, R"({"a":null})", R"({"a":"***"})", "null"},
           Row{{"a"}, R"({"a":{"b":[1,{"c":2}]},"d":3})", R"({"a":"***","d":3})", "an object"},
           Row{{"a"}, R"({"a":[1,[2]],"d":3})", R"({"a":"***","d":3})", "an array"},
           Row{{"a"}, R"({"a":{},"a":[]})", R"({"a":"***","a":"***"})", "both of a duplicate name"},
           Row{{"email"}, R"({"\u0065ma\u0069l":"s"})", R"({"\u0065ma\u0069l":"***"})", "an escaped name"},
           Row{{"\xf0\x9f\x98\x80"}, R"({"\uD83D\uDE00":1})", R"({"\uD83D\uDE00":"***"})", "in two escapes"},
           Row{{"a/b"}, R"({"a\/b":1})", R"({"a\/b":"***"})", "an escaped slash"},
           Row{{"b"},
               R"({ "a" : 1e400 ,"b":0.10,	"c": 0.10 , "z":"\u0041\/"})",
               R"({ "a" : 1e400 ,"b":"***",	"c": 0.10 , "z":"\u0041\/"})",
               "the rest byte for byte"},
           Row{{"items.*.card"},
               R"({"items":[{"card":1,"n":2},{"n":3},{"card":"4"}]})",
               R"({"items":[{"card":"***","n":2},{"n":3},{"card":"***"}]})",
               "in each item"},
           Row{{"1"}, "[1,2,3]", R"([1,"***",3])", "an item"},
           Row{{"*"}, "[1,[2],{}]", R"(["***","***","***"])", "all items"},
           Row{{"**.t"},
               R"({"t":1,"a":[{"t":{"t":2}},[[{"t":3}]]]})",
               R"({"t":"***","a":[{"t":"***"},[[{"t":"***"}]]]})",
               "at any depth, the outermost wins"},
           Row{{"**"}, R"( {"a":1} )", R"( "***" )", "the whole"},
           Row{{"**"}, " 7", R"( "***")", "the whole, a bare value"},
           Row{{"a.b", "a.c"},
               R"({"a":{"b":1,"c":2,"d":3},"b":4})",
               R"({"a":{"b":"***","c":"***","d":3},"b":4})",
               "two paths"},
           Row{{"a.b"}, R"({"a":[{"b":1}]})", R"({"a":[{"b":1}]})", "an array is a step of its own"},
           Row{{"a"}, R"({"b":{"a":1}})", R"({"b":{"a":1}})", "elsewhere"},
           Row{{"a"}, "[]", "[]", "nothing there"},
           Row{{"a"}, "\"a\"", "\"a\"", "a bare value has no members"},
           Row{{"b"},
               R"({"a":{"x":1},"b":2,"c":[{"b":3}],"b":4})",
               R"({"a":{"x":1},"b":"***","c":[{"b":3}],"b":"***"})",
               "behind and after containers"},
       }) {
    const auto result = masked(row.paths, row.text);
    ASSERT_TRUE(result) << row.why;
    EXPECT_EQ(*result, row.expected) << row.why;
  }
}

TEST(MaskJson, NoJson) {
  for (const char* text :
       {"", "{", R"({"a":1)", R"({"a":[1,}})", R"({"a":1}x)", R"({"a":"s)", R"({"a":[[1],{"b":]})"}) {
    EXPECT_FALSE(masked({"a"}, text)) << text << ": what is masked is read as strictly as the rest";
    EXPECT_FALSE(masked({"other"}, text)) << text;
  }
}

TEST(MaskJson, DepthIsBounded) {
  const auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(masked({"a"}, nested(128)), "{\"a\":\"***\"}");
  EXPECT_FALSE(masked({"a"}, nested(129)));
  EXPECT_EQ(masked({"**.b"}, nested(128)), nested(128));
}

TEST(MaskJson, TheMaskIsEscaped) {
  MaskWith with;
  with.text = "\"\\\n\x01\xff\xc3\xa9";
  const auto result = masked({"a"}, R"({"a":1,"b":2})", with);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "{\"a\":\"\\\"\\\\\\u000a\\u0001\\u00ff\xc3\xa9\",\"b\":2}");
  EXPECT_TRUE(nlohmann::json::accept(*result));
}

TEST(MaskJson, HashesAreOfWhatAStringHolds) {
  MaskWith with;
  with.key = "k";
  const std::string secret = "\"" + keyed_hash("k", "secret") + "\"";
  EXPECT_EQ(masked({"*"}, R"(["secret","s\u0065cret"])", with), "[" + secret + "," + secret + "]");
  EXPECT_EQ(masked({"*"}, R"([42])", with), "[\"" + keyed_hash("k", "42") + "\"]");
  EXPECT_EQ(masked({"*"}, R"([{ "a":1}])", with), "[\"" + keyed_hash("k", "{ \"a\":1}") + "\"]");
  EXPECT_EQ(keyed_hash("k", "secret").size(), 32u);
}

TEST(MaskJson, WhatIsMadeIsBounded) {
  const auto paths = JsonPaths::compile({"*"});
  ASSERT_TRUE(paths);
  std::string text = "[1";
  for (int i = 0; i < 999; ++i) text += ",1";
  text += "]";
  MaskWith with;
  with.text = std::string(100, 'm');
  Splice splice(text, 4000);
  EXPECT_TRUE(mask_json(text, *paths, with, splice));
  EXPECT_TRUE(splice.too_large());
  EXPECT_LT(std::move(splice).finish().size(), 4000 + text.size() + 200) << "it ended early";
}

}  // namespace
}  // namespace umbra::rules
