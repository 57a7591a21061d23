#include "umbra/generate/path_pattern.h"

#include <gtest/gtest.h>

namespace umbra::generate {
namespace {

struct Row {
  const char* pattern;
  const char* path;
  bool matches;
};

TEST(PathPattern, Matches) {
  for (const Row& row : {
           Row{"/", "/", true},
           {"/", "/a", false},
           {"/api/orders", "/api/orders", true},
           {"/api/orders", "/api/orders/", false},
           {"/api/orders", "/api/order", false},
           {"/api/*", "/api/", true},
           {"/api/*", "/api/a/b", true},
           {"/api/*", "/api", false},
           {"/api*", "/apis", true},
           {"*", "/anything", true},
           {"*", "*", true},
           {"/orders/{id}", "/orders/17", true},
           {"/orders/{id}", "/orders/", false},
           {"/orders/{id}", "/orders/17/", false},
           {"/orders/{id}", "/orders/17/lines", false},
           {"/orders/{id}/lines/{line}", "/orders/17/lines/3", true},
           {"/orders/{id}/lines/{line}", "/orders/17/lines", false},
           {"/{a}/{b}", "/x/y", true},
           {"/{a}/{b}", "/x", false},
           {"/orders/{id}/*", "/orders/17/lines/3", true},
           {"/orders/{id}/*", "/orders/17", false},
       }) {
    const auto pattern = PathPattern::parse(row.pattern);
    ASSERT_TRUE(pattern) << row.pattern;
    EXPECT_EQ(pattern->matches(row.path), row.matches) << row.pattern << " " << row.path;
    EXPECT_EQ(pattern->text(), row.pattern);
  }
}

TEST(PathPattern, WhatIsNoneIsRefused) {
  for (const char* text : {"", "api", "/a*b", "/a**", "/a/{", "/a/{}", "/a/x{id}", "/a/{id}x", "/a/{id}*",
                           "/a/{b{c}}", "/a/}", "/a/{id}}", "/a?b", "/a#b", "/a b", "/a\xc3\xa4", "/a/{b/c}"})
    EXPECT_FALSE(PathPattern::parse(text)) << text;
}

TEST(PathPattern, ThePathOfATarget) {
  EXPECT_EQ(path_of("/a/b?c=/d"), "/a/b");
  EXPECT_EQ(path_of("/a"), "/a");
  EXPECT_EQ(path_of("http://host:80/a/b?c"), "/a/b");
  EXPECT_EQ(path_of("http://host"), "/");
  EXPECT_EQ(path_of("http://host?q=1"), "/");
  EXPECT_EQ(path_of("*"), "*");
  EXPECT_EQ(path_of("/a?next=http://other/b"), "/a");
}

}  // namespace
}  // namespace umbra::generate
