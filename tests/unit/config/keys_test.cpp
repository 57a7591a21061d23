#include "umbra/config/keys.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "resolving.h"
#include "umbra/config/section.h"

namespace umbra::config {
namespace {

bool is_scalar(const Key& key) {
  return key.shape == Shape::one || key.shape == Shape::some || key.shape == Shape::named ||
         key.shape == Shape::either;
}

TEST(Keys, AreUniqueAndExplained) {
  std::set<std::string_view> paths;
  std::set<std::string_view> flags;
  for (const Key& key : keys()) {
    EXPECT_TRUE(key.path.empty() || paths.insert(key.path).second) << key.path;
    EXPECT_TRUE(key.flag.name.empty() || flags.insert(key.flag.name).second) << key.flag.name;
    EXPECT_TRUE(key.help.ends_with('.')) << key.path;
    EXPECT_TRUE(key.path.empty() || !is_scalar(key) || !key.example.empty()) << key.path;
    EXPECT_TRUE(key.flag.name.empty() || key.flag.example.starts_with("--")) << key.path;
  }
  EXPECT_GE(paths.size(), 100U);
}

TEST(Keys, BothListsOfConditionsHaveTheSameParts) {
  EXPECT_EQ(keys_below("shadows[].allow[]").size(), 6U);
  EXPECT_EQ(keys_below("shadows[].deny[]").size(), 6U);
  ASSERT_NE(find_key("shadows[].deny[].client"), nullptr);
  EXPECT_EQ(find_key("shadows[].deny[].client")->type, Type::network);
}

TEST(Keys, AreFound) {
  ASSERT_NE(find_key("mirror.memory"), nullptr);
  EXPECT_EQ(find_key("mirror.memory"), find_flag("shadow-memory"));
  EXPECT_EQ(variable_of(find_key("mirror.memory")->flag), "UMBRA_SHADOW_MEMORY");
  EXPECT_EQ(find_key(""), nullptr);
  EXPECT_EQ(find_flag(""), nullptr);
  EXPECT_EQ(find_key("memory"), nullptr);
  EXPECT_EQ(expectation(*find_key("log.format")), "text, logfmt or json");
  EXPECT_EQ(expectation(*find_key("workers")), "1 to 256 or auto");
}

// Defaults and examples are sound values of their own key.
TEST(Keys, ExamplesAreSound) {
  const Variables variables = [](const std::string&) { return std::optional<std::string>("value"); };
  for (const Key& key : keys()) {
    if (key.path.empty() || !is_scalar(key)) continue;
    for (const std::string_view text : {key.example, key.fallback}) {
      if (text.empty() || (text == key.fallback && text.find('*') != text.npos)) continue;
      const Document document = parse_document("x: " + std::string(text), "example");
      ASSERT_TRUE(document.root) << key.path << ": " << text << " " << text_of(document.problems);
      Problems problems;
      validate(key, *document.root->find("x")->value, std::string(key.path), {variables, problems});
      EXPECT_EQ(text_of(problems), "") << key.path << ": " << text;
    }
  }
}

std::string page() {
  std::ifstream file(UMBRA_SOURCE_DIR "/docs/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Keys, AllStandInTheDocumentation) {
  const std::string text = page();
  ASSERT_FALSE(text.empty());
  for (const Key& key : keys()) {
    if (!key.flag.name.empty()) {
      EXPECT_NE(text.find("`--" + std::string(key.flag.name)), std::string::npos) << key.flag.name;
    }
    if (key.path.empty()) continue;
    EXPECT_NE(text.find("| `" + std::string(key.path) + "` |"), std::string::npos) << key.path;
    if (!key.example.empty()) {
      const std::string example = std::string(key.leaf()) + ": " + std::string(key.example);
      EXPECT_NE(text.find(example), std::string::npos) << example;
    }
    if (!key.fallback.empty()) {
      EXPECT_NE(text.find("`" + std::string(key.fallback) + "`"), std::string::npos) << key.fallback;
    }
  }
}

}  // namespace
}  // namespace umbra::config
