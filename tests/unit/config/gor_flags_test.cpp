#include "umbra/config/gor_flags.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace umbra::config {
namespace {

TEST(GorFlags, EveryNameOnceInOrder) {
  EXPECT_EQ(gor_flags().size(), 124U);
  EXPECT_TRUE(std::is_sorted(gor_flags().begin(), gor_flags().end(),
                             [](const GorFlag& a, const GorFlag& b) { return a.name <= b.name; }));
  std::map<GorFlag::Class, size_t> counts;
  for (const GorFlag& flag : gor_flags()) {
    EXPECT_EQ(find_gor_flag(flag.name), &flag);
    EXPECT_FALSE(flag.since.empty()) << flag.name;
    ++counts[flag.kind];
  }
  EXPECT_EQ(counts[GorFlag::Class::c], 21U);
  EXPECT_EQ(counts[GorFlag::Class::a], 43U);
  EXPECT_EQ(counts[GorFlag::Class::b], 60U);
  EXPECT_EQ(find_gor_flag("output-htt"), nullptr);
  EXPECT_EQ(find_gor_flag(""), nullptr);
}

// b and c are of other transports: nothing of theirs applies to a mirroring proxy.
TEST(GorFlags, WhatIsNotAppliedSaysWhy) {
  for (const GorFlag& flag : gor_flags()) {
    EXPECT_TRUE(flag.kind == GorFlag::Class::a || !flag.applied()) << flag.name;
    EXPECT_TRUE(flag.applied() || flag.instead.size() > 20) << flag.name;
  }
}

TEST(GorFlags, OldNames) {
  std::set<std::string> old;
  for (const GorFlag& flag : gor_flags()) {
    if (!flag.legacy()) continue;
    old.emplace(flag.name);
    EXPECT_FALSE(flag.until.empty()) << flag.name << " is not there today";
    const GorFlag* newest = find_gor_flag(flag.newest_name());
    ASSERT_NE(newest, nullptr) << flag.name;
    EXPECT_FALSE(newest->legacy()) << flag.name;
    EXPECT_EQ(newest->kind, flag.kind) << flag.name;
  }
  EXPECT_EQ(old, (std::set<std::string>{"http-diallow-url", "output-dummy", "output-http-header",
                                        "output-http-header-filter", "output-http-header-hash-filter",
                                        "output-http-method", "output-http-rewrite-url",
                                        "output-http-url-regexp"}));
}

TEST(GorFlags, EveryOneStandsInTheDocumentation) {
  std::ifstream file(UMBRA_GOR_PAGE);
  std::stringstream page;
  page << file.rdbuf();
  for (const GorFlag& flag : gor_flags()) {
    const std::string name = "`--" + std::string(flag.name);
    const bool stands =
        page.str().find(name + "`") != std::string::npos || page.str().find(name + " ") != std::string::npos;
    EXPECT_TRUE(stands) << flag.name;
  }
}

}  // namespace
}  // namespace umbra::config
