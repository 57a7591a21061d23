// The shadows of gor.options beside those of the configuration.
#include "umbra/config/gor_shadows.h"

#include <gtest/gtest.h>

#include "resolving.h"
#include "umbra/mirror/options.h"

namespace umbra::config {
namespace {

using Lines = std::vector<std::string>;

World world_with(const std::string& gor, const std::string& yaml = "") {
  World world = world_of(yaml);
  world.files["gor.options"] = gor;
  world.flags["gor-options"] = {"gor.options"};
  return world;
}

Lines problems(const World& world) { return texts_of(world.resolve().problems); }

TEST(GorShadows, StandBehindThoseOfTheFile) {
  const Resolved resolved =
      world_with("--output-http http://b:1\n--output-http http://c:2 --http-allow-method GET\n",
                 "shadows: [{name: a, url: 'http://a:1'}]")
          .resolve();
  EXPECT_EQ(texts_of(resolved.problems), Lines{});
  const auto& shadows = resolved.options.mirror.shadows;
  ASSERT_EQ(shadows.size(), 3U);
  EXPECT_EQ(shadows[0].name, "a");
  EXPECT_EQ(shadows[1].name, "b:1");
  EXPECT_EQ(shadows[2].name, "c:2");
  EXPECT_TRUE(shadows[0].rules.steps.empty()) << "gor's rules are gor's shadows' own";
  EXPECT_FALSE(shadows[1].rules.steps.empty());
  const auto from_gor = [&](const std::string& key) {
    for (const Setting& setting : resolved.settings) {
      if (setting.key == key) return setting.value + " of " + setting.place.text();
    }
    return std::string("missing");
  };
  EXPECT_EQ(from_gor("shadows[1].name"), "b:1 of gor.options:1:1");
  EXPECT_EQ(from_gor("shadows[2].url"), "http://c:2 of gor.options:2:1");
}

// gor stops at an unknown option; check tells where it stands, and all others at once.
TEST(GorShadows, FaultsHaveTheirPlaces) {
  const Lines found =
      problems(world_with("# a comment\n--output-http http://b:1 --http-alow-url x\n  --http-allow-url (\n"));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].starts_with("gor.options:2:26: --http-alow-url")) << found[0];
  EXPECT_TRUE(found[1].starts_with("gor.options:3:3: --http-allow-url: '('")) << found[1];
}

TEST(GorShadows, WhatMeansNothingHereIsAWarning) {
  const Resolved resolved = world_with("--output-http http://b:1\n--input-raw :80\n").resolve();
  EXPECT_EQ(texts_of(resolved.problems), Lines{});
  const Lines warnings = texts_of(resolved.warnings);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(warnings[0].starts_with("gor.options:2:1: --input-raw")) << warnings[0];
  EXPECT_EQ(resolved.options.mirror.shadows.size(), 1U);
}

World lenient(const std::string& gor) {
  World world = world_with(gor);
  world.flags["gor-unknown"] = {"warn"};
  return world;
}

TEST(GorShadows, WhatIsUnknownIsPassedOverWhereThatIsAskedFor) {
  const std::string text =
      "--output-http http://b:1\n--zzz x --http-allow-method GET\n  --frobnicate=1\n--output-file";
  const Resolved resolved = lenient(text).resolve();
  EXPECT_EQ(texts_of(resolved.problems), Lines{});
  EXPECT_EQ(texts_of(resolved.warnings),
            (Lines{"gor.options:2:1: --zzz: passed over: no gor has such an option",
                   "gor.options:3:3: --frobnicate: passed over: no gor has such an option",
                   "gor.options:4:1: --output-file: passed over: a value behind it is expected"}));
  ASSERT_EQ(resolved.options.mirror.shadows.size(), 1U);
  EXPECT_EQ(resolved.options.mirror.shadows[0].rules.steps.size(), 1U) << "the rest of the file holds";
  World in_yaml = world_with(text, "gor_unknown: warn\n");
  EXPECT_EQ(problems(in_yaml), Lines{});
  in_yaml.flags["gor-unknown"] = {"error"};
  EXPECT_EQ(problems(in_yaml).size(), 3U);
}

// What would send more than was asked for is never passed over.
TEST(GorShadows, WhatIsWrongInAFilterStaysAnError) {
  const std::string output = "--output-http http://b:1 ";
  for (const char* wrong :
       {"--http-allow-url (", "--http-disallow-header X", "--http-header-limiter X:10x", "--http-allow-url",
        "--http-set-header X", "--output-http-timeout 5", "|10%", "--http-allow-method GET PUT",
        "--http-allow-url 'x", "--http-alow-url ^/a", "--output-http-metod GET", "--output-htp x"}) {
    EXPECT_EQ(problems(lenient(output + wrong)).size(), 1U) << wrong;
  }
}

TEST(GorShadows, NamesDoNotClash) {
  EXPECT_EQ(problems(world_with("--output-http http://b:1\n", "shadows: [{name: 'b:1', url: 'http://a:1'}]")),
            Lines{"gor.options:1:1: --output-http: 'http://b:1': the configuration has a shadow named 'b:1' "
                  "too; another name there is expected"});
}

TEST(GorShadows, DoNotLeadBack) {
  const Lines found = problems(world_with("--output-http http://localhost:8080\n"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("umbra itself listens there (:8080); another address is expected"),
            std::string::npos)
      << found[0];
}

TEST(GorShadows, AreBoundedTogether) {
  std::string yaml = "shadows:\n";
  for (size_t i = 0; i < mirror::kShadowsMax; ++i) yaml += "  - url: http://s" + std::to_string(i) + "\n";
  const Lines found = problems(world_with("--output-http http://b:1\n", yaml));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("at most 64 shadows are expected in all"), std::string::npos) << found[0];
}

TEST(GorShadows, AFileThatIsNotThereIsSaidWhereItIsNamed) {
  World world = world_of("");
  world.flags["gor-options"] = {"nowhere"};
  EXPECT_EQ(problems(world), Lines{"--gor-options 'nowhere': a file that exists is expected"});
  World in_yaml = world_of("workers: 2\ngor_options: nowhere\n");
  EXPECT_EQ(problems(in_yaml),
            Lines{"umbra.yaml:2:14: gor_options: 'nowhere': a file that exists is expected"});
}

TEST(GorShadows, AFileThatIsNotThereIsSaidBesideOtherProblems) {
  EXPECT_EQ(problems(world_of("workers: 0\ngor_options: nowhere\n")),
            (Lines{"umbra.yaml:1:10: workers: '0': 1 to 256 or auto is expected",
                   "umbra.yaml:2:14: gor_options: 'nowhere': a file that exists is expected"}));
}

TEST(GorShadows, VerboseIsTheLogsLevelUnlessItIsChosen) {
  EXPECT_EQ(sound_options(world_with("--verbose\n--output-http http://b:1\n")).log_level, LogLevel::debug);
  EXPECT_EQ(
      sound_options(world_with("--verbose\n--output-http http://b:1\n", "log: {level: warn}")).log_level,
      LogLevel::warn);
}

}  // namespace
}  // namespace umbra::config
