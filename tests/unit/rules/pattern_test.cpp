// Patterns and replacement templates.
#include "umbra/rules/pattern.h"

#include <gtest/gtest.h>

#include <string>

#include "umbra/rules/draft.h"
#include "umbra/rules/replacement.h"

namespace umbra::rules {
namespace {

Pattern compiled(std::string_view text) {
  auto pattern = Pattern::compile(text);
  EXPECT_TRUE(pattern) << text;
  return std::move(*pattern);
}

TEST(Pattern, MatchesBytesAnywhere) {
  struct Row {
    std::string pattern, text;
    bool matches;
  };
  for (const Row& row : {
           Row{"b", "abc", true},
           Row{"^b", "abc", false},
           Row{"c$", "abc", true},
           Row{"B", "abc", false},
           Row{"(?i)B", "abc", true},
           Row{"", "", true},
           Row{"^$", "", true},
           Row{"\xc3\xa4", "x\xc3\xa4y", true},  // UTF-8 is two bytes on both sides
           Row{"^.$", "\xc3\xa4", false},
           Row{"^..$", "\xc3\xa4", true},
           Row{"^.$", "\xff", true},  // what is no UTF-8 is bytes as well
           Row{"\\xff", "\xff", true},
           Row{"^[^/]+$", std::string("a\0b", 3), true},
       }) {
    EXPECT_EQ(compiled(row.pattern).matches(row.text), row.matches) << row.pattern << " on " << row.text;
  }
}

TEST(Pattern, SaysWhatIsWrong) {
  struct Row {
    const char* pattern;
    const char* detail;
  };
  for (const Row& row : {
           Row{"(", "pattern '(': missing )"},
           Row{"a(?=b)", "pattern 'a(?=b)': invalid perl operator: (?="},
           Row{"*", "pattern '*': no argument for repetition operator"},
           Row{"[z-a]", "pattern '[z-a]': invalid character class range: z-a"},
           Row{"a{2000}", "pattern 'a{2000}': invalid repetition size: {2000}"},
       }) {
    const auto pattern = Pattern::compile(row.pattern);
    ASSERT_FALSE(pattern) << row.pattern;
    EXPECT_EQ(pattern.error().code, Errc::bad_config);
    EXPECT_TRUE(pattern.error().detail.starts_with(row.detail)) << pattern.error().detail;
  }
  EXPECT_FALSE(Pattern::compile("((a{100}){100}){100}")) << "its program would outgrow its memory";
}

TEST(Pattern, StaysWithinItsMemory) {
  // The automaton of this one has more states than fit: RE2 begins anew, or goes without, and finds the same.
  const Pattern pattern = compiled("(a|b)*a(a|b){24}c");
  std::string text;
  uint32_t x = 1;
  for (int i = 0; i < 60'000; ++i) text.push_back((x = x * 1664525 + 1013904223) >> 31 ? 'a' : 'b');
  EXPECT_FALSE(pattern.matches(text));
  EXPECT_TRUE(pattern.matches(text + "a" + std::string(24, 'b') + "c"));
}

struct RewriteRow {
  const char* pattern;
  const char* replacement;
  std::string text;
  const char* result;  // null: no match
};

TEST(Pattern, RewritesEveryMatch) {
  for (const RewriteRow& row : {
           RewriteRow{"/a", "/z", "/a/a?q=/a", "/z/z?q=/z"},
           RewriteRow{"/a/(.*)", "/z/$1", "/a/b?x=1", "/z/b?x=1"},
           RewriteRow{"/a/(?P<n>[a-z])", "/z/${n}x", "/a/b", "/z/bx"},
           RewriteRow{"/a/([a-z])", "/z/$1x", "/a/b", "/z/"},
           RewriteRow{"/a/([a-z])", "/z/${1}x", "/a/b", "/z/bx"},
           RewriteRow{"(a)|(b)", "[$1$2]", "ab", "[a][b]"},
           RewriteRow{"b", "$0$0", "abc", "abbc"},
           RewriteRow{"b", "$$1", "abc", "a$1c"},
           RewriteRow{"b", "$", "abc", "a$c"},
           RewriteRow{"b", "$-${}${x$", "abc", "a$-${}${x$c"},
           RewriteRow{"(b)", "$01", "abc", "ac"},
           RewriteRow{"b", "$none.", "abc", "a.c"},
           RewriteRow{"b", "", "abc", "ac"},
           RewriteRow{"b", "\\1", "abc", "a\\1c"},
           RewriteRow{"x*", "-", "abc", "-a-b-c-"},
           RewriteRow{"b*", "-", "abbc", "-a-c-"},  // as Go: an empty match behind a match is none
           RewriteRow{"^", "/v2", "/a", "/v2/a"},
           RewriteRow{"$", "!", "ab", "ab!"},
           RewriteRow{"^a", "x", "aaa", "xaa"},
           RewriteRow{"\\b", "|", "ab cd", "|ab| |cd|"},
           RewriteRow{"(?i)HOST", "h", "Host hOST", "h h"},
           RewriteRow{".", "<$0>", "\xc3\xa4", "<\xc3><\xa4>"},
           RewriteRow{"", "-", "", "-"},
           RewriteRow{"z", "-", "abc", nullptr},
       }) {
    const Pattern pattern = compiled(row.pattern);
    const auto replacement = Replacement::compile(row.replacement, pattern);
    ASSERT_TRUE(replacement) << row.replacement;
    Effort effort;
    const auto result = pattern.rewrite(row.text, *replacement, effort);
    EXPECT_EQ(result, row.result != nullptr ? std::optional<std::string>(row.result) : std::nullopt)
        << row.pattern << " on " << row.text;
    EXPECT_FALSE(effort.spent());
  }
}

TEST(Pattern, AManysMatchesAreBounded) {
  // Each search for the next match reads to the end first: without a bound, 64 KiB would be 2 GiB of reading.
  const Pattern pattern = compiled("a.*b|a");
  const auto replacement = Replacement::compile("x", pattern);
  Effort effort;
  EXPECT_EQ(pattern.rewrite(std::string(64 * 1024, 'a'), *replacement, effort), std::nullopt);
  EXPECT_TRUE(effort.spent());
  Effort enough;
  EXPECT_EQ(pattern.rewrite(std::string(1024, 'a'), *replacement, enough), std::string(1024, 'x'));
}

TEST(Pattern, AResultIsCutWhenItIsTooLong) {
  const Pattern pattern = compiled("a");
  const auto replacement = Replacement::compile(std::string(64 * 1024, 'x'), pattern);
  Effort effort;
  const auto result = pattern.rewrite(std::string(500, 'a'), *replacement, effort);
  ASSERT_TRUE(result);
  EXPECT_GT(result->size(), Draft::kWrittenMax);
  EXPECT_LT(result->size(), Draft::kWrittenMax + 128 * 1024);
}

TEST(Replacement, ANumberAboveTheGroupsIsAnError) {
  const Pattern none = compiled("a");
  const Pattern one = compiled("(a)");
  EXPECT_EQ(Replacement::compile("$1", none).error().detail, "replacement '$1': the pattern has 0 groups");
  EXPECT_EQ(Replacement::compile("x${2}", one).error().detail,
            "replacement 'x${2}': the pattern has 1 group");
  EXPECT_FALSE(Replacement::compile("$99999999999999999999", one));
  EXPECT_TRUE(Replacement::compile("$1 $0 $1x $2x", one)) << "$2x is a name";
}

}  // namespace
}  // namespace umbra::rules
