#include "umbra/config/gor_settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace umbra::config {
namespace {

// name=value for each setting, then a line for each problem.
std::string read(const std::string& text) {
  GorProblems problems;
  const auto words = split_gor_words(
      text, [](const std::string&) { return std::nullopt; }, problems);
  std::string out;
  for (const GorSetting& setting : parse_gor_words(words, problems)) {
    out += fmt::format("{}={};", setting.flag->name, setting.value);
  }
  for (const GorProblem& problem : problems.take()) {
    const bool unknown = problem.severity == GorProblem::Severity::unknown;
    out += fmt::format("\n{}{}", unknown ? "unknown " : "", text_of(problem, "f"));
  }
  return out;
}

TEST(GorSettings, Forms) {
  struct Row {
    std::string text;
    std::string settings;
    const char* why;
  };
  for (const Row& row : {
           Row{"--output-http h -output-http h2 --output-http=h3 -output-http=h=4",
               "output-http=h;output-http=h2;output-http=h3;output-http=h=4;",
               "one dash or two, = or a blank"},
           Row{"--http-set-header=", "http-set-header=;", "an empty value"},
           Row{"--http-set-header ''", "http-set-header=;", "... and quoted"},
           Row{"--output-http-workers -1", "output-http-workers=-1;", "a value may begin with a dash"},
           Row{"--http-allow-url -x", "http-allow-url=-x;", "... if it is no option"},
           Row{"--stats --split-output", "stats=true;split-output=true;", "switches"},
           Row{"--split-output true --stats", "split-output=true;stats=true;", "a switch and a value"},
           Row{"--split-output false --stats=0", "split-output=false;stats=0;", "off"},
           Row{"--split-output T --stats F", "split-output=T;stats=F;", "in Go's spellings"},
           Row{"--verbose --stats", "verbose=true;stats=true;", "a level as a switch"},
           Row{"--verbose 2 --verbose=3 --verbose true --verbose=true",
               "verbose=2;verbose=3;verbose=true;verbose=true;", "a level"},
           Row{"--output-http-timeout 1m30s", "output-http-timeout=1m30s;", "a duration"},
           Row{"--copy-buffer-size 0x10MB", "copy-buffer-size=0x10MB;", "a size"},
           Row{"--input-raw-expire 30 --output-file-size-limit 32m --output-file x",
               "input-raw-expire=30;output-file-size-limit=32m;output-file=x;",
               "what is not applied may say anything"},
       }) {
    EXPECT_EQ(read(row.text), row.settings) << row.text << ": " << row.why;
  }
}

TEST(GorSettings, Problems) {
  struct Row {
    std::string text;
    std::string read;
  };
  const std::string stray =
      "this word belongs to no option; quotes around the value before it may be missing";
  for (const Row& row : {
           Row{"--output-htp h --stats",
               "stats=true;\nunknown f:1:1: --output-htp: no gor has such an option; did you "
               "mean --output-http?"},
           Row{"--output-htp=h --stats",
               "stats=true;\nunknown f:1:1: --output-htp: no gor has such an option; did you "
               "mean --output-http?"},
           Row{"--xyzzy --stats", "stats=true;\nunknown f:1:1: --xyzzy: no gor has such an option"},
           Row{"--http-set-header Authorization: Bearer s3cret --stats",
               "http-set-header=Authorization:;stats=true;\nunknown f:1:34: " + stray +
                   "\nunknown f:1:41: " + stray},
           Row{"-- - --stats",
               "stats=true;\nf:1:1: umbra reads on behind --, where gor stopped\nunknown f:1:4: " + stray},
           Row{"--output-http h |10%",
               "output-http=h;\nunknown f:1:17: a limit must follow its URL without a blank, as "
               "in 'http://host|10%'"},
           Row{"--output-http", "\nf:1:1: --output-http: a value behind it is expected"},
           Row{"\n --output-http --stats",
               "stats=true;\nf:2:2: --output-http: a value behind it is expected"},
           Row{"--input-raw --stats",
               "stats=true;\nunknown f:1:1: --input-raw: a value behind it is expected"},
           Row{"--split-output=yes", "\nf:1:1: --split-output 'yes': true or false is expected"},
           Row{"--verbose=loud", "\nf:1:1: --verbose 'loud': a level such as 1 is expected"},
           Row{"--output-http-workers ten",
               "\nf:1:1: --output-http-workers 'ten': a whole number is expected"},
           Row{"--output-http-timeout 30",
               "\nf:1:1: --output-http-timeout '30': a duration such as 500ms, 30s or 1m30s "
               "is expected (did you mean 30s?)"},
           Row{"--output-http-timeout soon",
               "\nf:1:1: --output-http-timeout 'soon': a duration such as 500ms, 30s or "
               "1m30s is expected"},
           Row{"--copy-buffer-size 256m",
               "\nf:1:1: --copy-buffer-size '256m': a size such as 1024, 256kb or 5mb is "
               "expected (did you mean 256mb?)"},
           Row{"--copy-buffer-size big",
               "\nf:1:1: --copy-buffer-size 'big': a size such as 1024, 256kb or 5mb is "
               "expected"},
       }) {
    EXPECT_EQ(read(row.text), row.read) << row.text;
  }
}

TEST(GorSettings, NoSecretIsShown) {
  struct Row {
    std::string name;
    std::string value;
    std::string shown;
  };
  for (const Row& row : {
           Row{"output-http", "https://me:s3cret@h/p|10%", "https://***@h/p|10%"},
           Row{"output-http", "me:s3cret@h", "***@h"},
           Row{"output-http", "http://me:s3/c|r?e@t@h", "http://***@h"},
           Row{"output-http", "http://h", "http://h"},
           Row{"http-set-header", "Authorization: Bearer s3cret", "Authorization:***"},
           Row{"output-http-header", "X: s3cret", "X:***"},
           Row{"http-set-header", "s3cret", "***"},
           Row{"http-set-param", "api_key=s3cret", "api_key=***"},
           Row{"http-basic-auth-filter", "^me:s3cret", "***"},
           Row{"http-allow-header", "X-Auth-Token: ^s3cret$", "X-Auth-Token:***"},
           Row{"http-rewrite-header", "Cookie: .*,sid=s3cret", "Cookie:***"},
           Row{"http-allow-header", "X-Version: ^1", "X-Version: ^1"},
           Row{"output-kafka-password", "s3cret", "***"},
           Row{"output-ws", "wss://me:s3cret@h", "wss://***@h"},
           Row{"http-allow-url", std::string(200, 'x'), std::string(120, 'x') + "..."},
           Row{"http-allow-url", "a\nb", "a?b"},
       }) {
    const GorSetting setting{find_gor_flag(row.name), row.value, 3, 5};
    ASSERT_NE(setting.flag, nullptr) << row.name;
    const GorProblem problem = problem_at(setting, GorProblem::Severity::error, "no");
    EXPECT_EQ(text_of(problem, "f"), fmt::format("f:3:5: --{} '{}': no", row.name, row.shown));
  }
}

TEST(GorProblems, ManyAreCutShortWithAnError) {
  GorProblems problems;
  for (unsigned i = 0; i < 1000; ++i) problems.add({GorProblem::Severity::warning, i + 1, 1, "", "", "x"});
  EXPECT_TRUE(problems.has_error());
  const auto all = problems.take();
  ASSERT_EQ(all.size(), GorProblems::kMax);
  EXPECT_EQ(all.back().severity, GorProblem::Severity::error);
}

}  // namespace
}  // namespace umbra::config
