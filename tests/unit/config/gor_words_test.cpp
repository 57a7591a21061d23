#include "umbra/config/gor_words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace umbra::config {
namespace {

std::optional<std::string> variable(const std::string& name) {
  if (name == "STG") return "http://stg.com";
  if (name == "_two2") return " --a  --b ";
  if (name == "EMPTY") return "";
  if (name == "BELL") return "a\ab";
  if (name == "LARGE") return std::string(600 * 1024, 'x');
  return std::nullopt;
}

// The words, each in brackets; then a line for each problem.
std::string read(std::string_view text) {
  GorProblems problems;
  std::string out;
  for (const GorWord& word : split_gor_words(text, variable, problems)) out += "[" + word.text + "]";
  for (const GorProblem& problem : problems.take()) out += "\n" + text_of(problem, "f");
  return out;
}

TEST(GorWords, Split) {
  struct Row {
    std::string text;
    std::string words;
    const char* why;
  };
  for (const Row& row : {
           Row{"", "", "nothing"},
           Row{" \t\r\n\n ", "", "blanks"},
           Row{"a b\tc\nd\r\ne\r", "[a][b][c][d][e]", "every blank; CR LF is LF, also at the end"},
           Row{"\xef\xbb\xbf--a", "[--a]", "a byte order mark"},
           Row{"--output-http https://a|10%", "[--output-http][https://a|10%]", "a pipe is a character"},
           Row{"https://a|10%\r\n--b", "[https://a|10%][--b]", "... in a file of CR LF"},
           Row{"a;b&c(d)<e>f*g?h~", "[a;b&c(d)<e>f*g?h~]", "and so is all else that a shell would act on"},
           Row{"# x 'y\n--a # z\n--b#c", "[--a][--b#c]", "a comment begins where a word could"},
           Row{"--a \\\n--b\\\n--c \\ \t\r\n--d\\", "[--a][--b][--c][--d]",
               "a trailing backslash is a blank"},
           Row{"a\\ b \\\\ \\'x\\\" \\#y \\$STG", "[a b][\\]['x\"][#y][$STG]",
               "it quotes one byte elsewhere"},
           Row{"'a b'\"c d\"e '' \"\"", "[a bc de][][]", "quotes within a word, and nothing in them"},
           Row{"'$STG `x` \\ \"'", "[$STG `x` \\ \"]", "single quotes keep all"},
           Row{R"("a\"b\\c\d\$STG\`")", R"([a"b\c\d$STG`])",
               "a backslash in double quotes quotes five bytes"},
           Row{"\"a\\\nb\"", "[ab]", "... of which a line's end is one"},
           Row{"'a\nb' \"c\r\nd\"", "[a b][c d]", "a line's end in quotes is a blank"},
           Row{"$STG \"${STG}/x\" ${STG}y", "[http://stg.com][http://stg.com/x][http://stg.comy]",
               "variables"},
           Row{"x$_two2,y \"$_two2\"", "[x][--a][--b][,y][ --a  --b ]", "blanks of an unquoted one separate"},
           Row{"$EMPTY \"$EMPTY\" a$EMPTY", "[][a]", "nothing in quotes is a word, without it is none"},
           Row{"^/a$ /b:$1 \"/c:${1}x$\" $", "[^/a$][/b:$1][/c:${1}x$][$]", "templates and patterns stay"},
       }) {
    EXPECT_EQ(read(row.text), row.words) << row.text << ": " << row.why;
  }
}

TEST(GorWords, Problems) {
  struct Row {
    std::string text;
    std::string read;
  };
  const std::string never = "would run a command, which umbra never does; single quotes keep a text as it is";
  const std::string name = "only $NAME and ${NAME} are expanded here; single quotes keep a text as it is";
  const std::string none = ": nothing stands in its place (single quotes keep a text as it is)";
  for (const Row& row : {
           Row{"--a\n --b 'c\n# d",
               "[--a][--b][c # d]\nf:2:6: this single quote is never closed; another ' is expected"},
           Row{"--a \"c", "[--a][c]\nf:1:5: this double quote is never closed; another \" is expected"},
           Row{"a`id`b c", "[ab][c]\nf:1:2: backticks " + never},
           Row{"\"a`id`\" c", "[a][c]\nf:1:3: backticks " + never},
           Row{"a$(id) \"$(id)\"", "[a][]\nf:1:2: $(...) " + never + "\nf:1:9: $(...) " + never},
           Row{"\n$NONE \"${NONE}\"", "[]\nf:2:1: the environment has no NONE" + none +
                                          "\nf:2:8: the environment has no NONE" + none},
           Row{"${A:-b} ${} ${A",
               "\nf:1:1: " + name + "\nf:1:9: " + name + "\nf:1:13: a } that closes this ${ is expected"},
           Row{"x\x01y", "[x\x01y]\nf:1:1: a word without control bytes is expected"},
           Row{"z $BELL", "[z][a\ab]\nf:1:3: a word without control bytes is expected"},
       }) {
    EXPECT_EQ(read(row.text), row.read) << row.text;
  }
}

TEST(GorWords, Places) {
  GorProblems problems;
  const auto words = split_gor_words("a  'b c'\r\n\t# x\n  \"d\ne\" f $_two2", variable, problems);
  std::string places;
  for (const GorWord& word : words) places += fmt::format("{}@{}:{} ", word.text, word.line, word.column);
  EXPECT_EQ(places, "a@1:1 b c@1:4 d e@3:3 f@4:4 --a@4:6 --b@4:6 ");
}

TEST(GorWords, Bounds) {
  EXPECT_EQ(read(std::string(kGorTextMax, ' ')), "");
  EXPECT_EQ(read(std::string(kGorTextMax + 1, ' ')), "\nf:1:1: a text of at most 1 MiB is expected");
  EXPECT_TRUE(
      read("\"$LARGE\" $LARGE").ends_with("]\nf:1:10: variables of at most 1 MiB in all are expected"));
  GorProblems problems;
  static_cast<void>(split_gor_words(std::string(1000, '`'), variable, problems));
  EXPECT_LE(problems.take().size(), GorProblems::kMax);
}

}  // namespace
}  // namespace umbra::config
