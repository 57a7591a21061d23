// Targets rewritten, prefixed, and their parameters set and removed.
#include "umbra/rules/target_edits.h"

#include <gtest/gtest.h>

#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

struct Row {
  Step step;
  const char* target;
  const char* edited;
};

void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(RulesRun({row.step}).target(row.target), row.edited) << row.target;
}

TEST(TargetEdits, Rewrites) {
  check_rows({
      {RewriteTarget{{{"^/v1/(.*)", "/v2/$1"}}, false}, "/v1/a?b=/v1/", "/v2/a?b=/v1/"},
      {RewriteTarget{{{"/a", "/z"}, {"/z", "/q"}}, false}, "/a/b", "/q/b"},
      {RewriteTarget{{{"/a", "/z"}, {"/z", "/q"}}, true}, "/a/b", "/z/b"},
      {RewriteTarget{{{"/x", "/z"}, {"/z", "/q"}}, true}, "/z/b", "/q/b"},
      {RewriteTarget{{{"/x", "/z"}}, false}, "/a", "/a"},
      {RewriteTarget{{{"/a", "/a"}, {"/a", "/b"}}, true}, "/a", "/a"},
      {RewriteTarget{{{"^/a", ""}}, false}, "/a/b", "/b"},
      {RewriteTarget{{{"^/a", ""}}, false}, "/a", "rule_error"},
      {RewriteTarget{{{"^/", ""}}, false}, "/a", "rule_error"},
      {RewriteTarget{{{"a", "a b"}}, false}, "/a", "rule_error"},
      {RewriteTarget{{{"a", "\r\nX: y\r\n"}}, false}, "/a", "rule_error"},
      {RewriteTarget{{{"a", "\xc3\xa4"}}, false}, "/a", "rule_error"},
      {RewriteTarget{{{"^http://w", "http://z"}}, false}, "http://w/a", "http://z/a"},
      // Each doubles: 2^20 times three bytes are not written.
      {RewriteTarget{std::vector<Rewrite>(20, {".+", "$0$0"}), false}, "/ab", "rule_error"},
  });
}

TEST(TargetEdits, Prefixes) {
  check_rows({
      {PrefixPath{"/v2"}, "/a?b", "/v2/a?b"},
      {PrefixPath{"/v2/"}, "/a", "/v2/a"},
      {PrefixPath{"/v2//"}, "//a", "/v2//a"},
      {PrefixPath{"/"}, "/a", "/a"},
      {PrefixPath{"/v2"}, "/", "/v2/"},
      {PrefixPath{"/v2"}, "http://w:1/a?u=http://x/y", "http://w:1/v2/a?u=http://x/y"},
      {PrefixPath{"/v2"}, "http://w", "http://w/v2"},
      {PrefixPath{"/v2"}, "http://w?x", "http://w/v2?x"},
      {PrefixPath{"/v2"}, "*", "*"},
      {PrefixPath{"/v2"}, "w:443", "w:443"},
  });
}

TEST(TargetEdits, SetsParameters) {
  check_rows({
      {SetQuery{.name = "k", .value = "v"}, "/p", "/p?k=v"},
      {SetQuery{.name = "k", .value = "v"}, "/p?", "/p?k=v"},
      {SetQuery{.name = "k", .value = "v"}, "/p?a=1", "/p?a=1&k=v"},
      {SetQuery{.name = "k", .value = "v"}, "/p?k=1&a=2&k=3&k", "/p?k=v&a=2"},
      {SetQuery{.name = "k", .value = "v"}, "/p?kk=1&a=k=2", "/p?kk=1&a=k=2&k=v"},
      {SetQuery{.name = "k", .value = "v"}, "/p?%6b=1", "/p?k=v"},
      {SetQuery{.name = "k", .value = ""}, "/p?a&&b", "/p?a&&b&k="},
      {SetQuery{.name = "k", .value = "v"}, "http://w?a", "http://w?a&k=v"},
      {SetQuery{.name = "k", .value = "v"}, "*", "*"},
  });
}

TEST(TargetEdits, RemovesParameters) {
  check_rows({
      {RemoveQuery{"k"}, "/p?k=1", "/p"},
      {RemoveQuery{"k"}, "/p?a=1&k=1&b=2&k", "/p?a=1&b=2"},
      {RemoveQuery{"k"}, "/p?kk=1&a=k", "/p?kk=1&a=k"},
      {RemoveQuery{"k"}, "/p?%6B=1&+k=2", "/p?+k=2"},
      {RemoveQuery{" k"}, "/p?%6B=1&+k=2&%20k=3", "/p?%6B=1"},
      {RemoveQuery{"k"}, "/p?a&", "/p?a&"},
      {RemoveQuery{"k"}, "/k=1", "/k=1"},
      {RemoveQuery{"k"}, "http://w/p?k=1&a=2", "http://w/p?a=2"},
  });
}

TEST(TargetEdits, WhatConfigurationCanBeTold) {
  for (const Step& step : std::vector<Step>{
           PrefixPath{""}, PrefixPath{"v2"}, PrefixPath{"/a b"}, PrefixPath{"/a?b"}, PrefixPath{"/a#"},
           SetQuery{.name = "", .value = "1"}, SetQuery{.name = "a=b", .value = "1"},
           SetQuery{.name = "a", .value = "1 2"}, SetQuery{.name = "a", .value = "1&b"},
           SetQuery{.name = "a", .value = "1\r\n"}, SetQuery{.name = "a", .value = "1 2", .as_gor = true},
           RemoveQuery{""}, RewriteTarget{{{"(", ""}}, false}, RewriteTarget{{{"a", "$1"}}, false}}) {
    Options options;
    options.steps = {step};
    EXPECT_FALSE(Program::compile(options)) << step.index();
  }
  Options options;
  options.steps = {RewriteTarget{{{"a", "b"}, {"(", ""}}, false}};
  EXPECT_EQ(Program::compile(options).error().detail, "target, pattern '(': missing )");
}

}  // namespace
}  // namespace umbra::rules
