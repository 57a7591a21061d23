#include "umbra/app/check_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace umbra::app {
namespace {

config::Surroundings surroundings() {
  config::Surroundings here;
  here.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT") return "5000";
    if (name == "MASK_KEY") return "a key";
    return std::nullopt;
  };
  return here;
}

CheckResult run(const std::vector<std::string>& arguments) {
  const auto parsed = parse_check_arguments(arguments);
  EXPECT_TRUE(parsed);
  return parsed ? check(*parsed, surroundings()) : CheckResult();
}

TEST(CheckCommand, PrintsWhatItResolved) {
  const CheckResult result = run({"--config", "off", "--workers", "2"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("flag --workers\n"), std::string::npos) << result.out;
}

TEST(CheckCommand, PrintsEveryProblem) {
  const CheckResult result = run({"--config", "off", "--workers", "x", "--drain-delay", "y"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "--workers 'x': 1 to 256 or auto is expected\n"
            "--drain-delay 'y': a duration such as 250ms, 30s, 1.5s or 2m is expected\n");
  const CheckResult json = run({"--json", "--config", "off", "--workers", "x"});
  EXPECT_EQ(json.status, 2);
  EXPECT_NE(json.out.find("\"ok\": false"), std::string::npos) << json.out;
}

TEST(CheckCommand, TakesTheFlagsOfTheProxyAndItsOwn) {
  EXPECT_TRUE(parse_check_arguments({"--help"})->help);
  EXPECT_TRUE(parse_check_arguments({"--schema"})->schema);
  const auto parsed = parse_check_arguments({"--json", "--app", "a:1"});
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->json);
  EXPECT_EQ(parsed->flags.given.at("app"), std::vector<std::string>{"a:1"});
  EXPECT_FALSE(parse_check_arguments({"--jsn"}));
}

TEST(CheckCommand, ExamplesAreSoundAndNameTheSchema) {
  size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(UMBRA_SOURCE_DIR "/examples/config")) {
    if (entry.path().extension() != ".yaml") continue;
    ++examples;
    const CheckResult result = run({"--config", entry.path().string()});
    EXPECT_EQ(result.err, "") << entry.path();
    EXPECT_EQ(result.status, 0) << entry.path();
    std::ifstream file(entry.path());
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "# yaml-language-server: $schema=../../docs/umbra.schema.json") << entry.path();
  }
  EXPECT_EQ(examples, 3U);
}

}  // namespace
}  // namespace umbra::app
