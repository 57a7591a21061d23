#include "umbra/config/variables.h"

#include <gtest/gtest.h>

namespace umbra::config {
namespace {

std::optional<std::string> variable(const std::string& name) {
  if (name == "HOST") return "app.example";
  if (name == "EMPTY") return "";
  if (name == "_X9") return "$HOST ${HOST} $$: [a]";
  return std::nullopt;
}

std::string expanded(std::string_view text, Dollars dollars = Dollars::one) {
  const auto result = expand(text, variable, dollars);
  return result ? *result : "error: " + result.error().detail;
}

TEST(Variables, AreUpperCaseInBraces) {
  struct Row {
    std::string text;
    std::string expected;
    const char* why;
  };
  for (const Row& row : {
           Row{"", "", "nothing"},
           Row{"plain", "plain", "no dollar"},
           Row{"http://${HOST}:80/", "http://app.example:80/", "within a text"},
           Row{"${HOST}${HOST}", "app.exampleapp.example", "two"},
           Row{"[${EMPTY}]", "[]", "set and empty"},
           Row{"${_X9}", "$HOST ${HOST} $$: [a]", "a value is data and is not expanded again"},
           Row{"${NONE:-x}", "x", "a default"},
           Row{"${EMPTY:-x}", "x", "... also for an empty one"},
           Row{"${HOST:-x}", "app.example", "... not for one that is set"},
           Row{"${NONE:-}", "", "an empty default"},
           Row{"${NONE:-a:b-?}", "a:b-?", "marks within a default"},
           Row{"${NONE:-$HOST}", "$HOST", "a default is text"},
           Row{"${HOST:?is needed}", "app.example", "a message that is not needed"},
           Row{"${NONE}", "error: the variable NONE is not set; ${NONE:-default} would give it a default",
               "not set"},
           Row{"${NONE:?say where}", "error: the variable NONE is not set: say where", "a message"},
           Row{"${EMPTY:?}", "error: the variable EMPTY is not set", "an empty message"},
           Row{"$1 ${1} ${name} ${Name}", "$1 ${1} ${name} ${Name}", "groups of a replacement"},
           Row{"^/a$", "^/a$", "the end of a line"},
           Row{"$HOST", "$HOST", "no braces"},
           Row{"${HOST", "${HOST", "no end"},
           Row{"${}", "${}", "no name"},
           Row{"${9X}", "${9X}", "a digit first"},
           Row{"${HOST:+x}", "${HOST:+x}", "another form of the shell's"},
           Row{"$$", "$", "a dollar"},
           Row{"pa$$word", "pa$word", "... within a text"},
           Row{"$${HOST}", "${HOST}", "no variable"},
           Row{"$$${HOST}", "$app.example", "a dollar and a variable"},
       }) {
    EXPECT_EQ(expanded(row.text), row.expected) << row.why;
  }
}

TEST(Variables, AReplacementKeepsItsDollars) {
  EXPECT_EQ(expanded("$$1 $1 ${HOST} $${HOST}", Dollars::stay), "$$1 $1 app.example $${HOST}");
}

TEST(Variables, AValueIsBounded) {
  const auto large = [](const std::string&) { return std::optional<std::string>(std::string(40'000, 'x')); };
  EXPECT_TRUE(expand("${A}", large, Dollars::one));
  const auto result = expand("${A}${A}", large, Dollars::one);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "a value of at most 65536 bytes, with its variables, is expected");
}

TEST(Variables, AReferenceIsBounded) {
  const std::string most(1024 - std::string("${NONE:-}").size(), 'x');
  EXPECT_EQ(expanded("${NONE:-" + most + "}"), most);
  EXPECT_EQ(expanded("${NONE:-" + most + "x}"), "${NONE:-" + most + "x}");
}

TEST(Variables, WhetherThereIsOne) {
  for (const char* text : {"${A}", "x${A:-}", "$$${A}", "$1${A}"}) EXPECT_TRUE(has_variable(text)) << text;
  for (const char* text : {"", "$", "$A", "${a}", "$${A}", "${A", "$$"})
    EXPECT_FALSE(has_variable(text)) << text;
}

}  // namespace
}  // namespace umbra::config
