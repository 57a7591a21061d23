// Flags over the environment over the file over the defaults, and where each value came from.
#include <gtest/gtest.h>

#include "resolving.h"
#include "umbra/config/keys.h"
#include "umbra/config/resolved_text.h"

namespace umbra::config {
namespace {

std::string from(const Resolved& resolved, const std::string& key) {
  for (const Setting& setting : resolved.settings) {
    if (setting.key == key) return setting.value + " < " + setting.place.text();
  }
  return "none";
}

TEST(Sources, EachOverridesTheNext) {
  World world = world_of("");
  EXPECT_EQ(from(world.resolve(), "workers"), "1 < default");
  world.files["umbra.yaml"] = "\nworkers: 2\n";
  EXPECT_EQ(from(world.resolve(), "workers"), "2 < umbra.yaml:2:10");
  world.variables["UMBRA_WORKERS"] = "3";
  EXPECT_EQ(from(world.resolve(), "workers"), "3 < UMBRA_WORKERS");
  EXPECT_EQ(world.resolve().options.workers, 3U);
  world.flags["workers"] = {"4"};
  EXPECT_EQ(from(world.resolve(), "workers"), "4 < flag --workers");
  EXPECT_EQ(world.resolve().options.workers, 4U);
}

TEST(Sources, AnEmptyVariableIsNotSet) {
  World world = world_of("workers: 2");
  world.variables["UMBRA_WORKERS"] = "";
  EXPECT_EQ(from(world.resolve(), "workers"), "2 < umbra.yaml:1:10");
}

// The example of each flag, by its variable, has to arrive.
TEST(Sources, EveryFlagHasAVariable) {
  size_t flags = 0;
  for (const Key& key : keys()) {
    const std::string name(key.flag.name);
    if (name.empty() || name == "config" || name == "shadow" || name == "admin-token-file") continue;
    ++flags;
    World world;
    world.files["config/gor.options"] = "# no shadows\n";
    world.variables = {{"PORT", "6000"}};
    if (name.starts_with("tls-")) world.variables.insert({{"UMBRA_TLS_CERT", "c"}, {"UMBRA_TLS_KEY", "k"}});
    const std::string variable = variable_of(key.flag);
    std::string value = key.flag.argument.empty() ? "true" : std::string(key.flag.example);
    value = value.substr(0, value.find(" --", 1));
    if (value.starts_with("--")) value = value.substr(value.find(' ') + 1);
    world.variables[variable] = value;
    const Resolved resolved = world.resolve();
    EXPECT_EQ(texts_of(resolved.problems), std::vector<std::string>{}) << variable;
    EXPECT_EQ(from(resolved, std::string(key.path)), value + " < " + variable);
  }
  EXPECT_EQ(flags, 26U);
}

TEST(Sources, ListsInTheEnvironmentHaveBlanksBetween) {
  World world;
  world.variables = {
      {"UMBRA_LISTEN", " :8080  unix:/a\t"}, {"UMBRA_APP", "a:1"}, {"UMBRA_SHADOW", "x=http://x y=http://y"}};
  const auto options = sound_options(world);
  ASSERT_EQ(options.listen.size(), 2U);
  EXPECT_EQ(options.listen[1].path, "/a");
  ASSERT_EQ(options.mirror.shadows.size(), 2U);
  EXPECT_EQ(options.mirror.shadows[1].name, "y");
}

TEST(Sources, TheFileIsLookedForInTwoPlaces) {
  World world;
  world.variables["PORT"] = "5000";
  EXPECT_EQ(world.resolve().file, "");
  world.files["umbra.yaml"] = "workers: 2";
  EXPECT_EQ(world.resolve().file, "umbra.yaml");
  world.files["config/umbra.yaml"] = "workers: 3";
  EXPECT_EQ(from(world.resolve(), "workers"), "3 < config/umbra.yaml:1:10");
  world.files["other"] = "workers: 4";
  world.variables["UMBRA_CONFIG"] = "other";
  EXPECT_EQ(from(world.resolve(), "workers"), "4 < other:1:10");
  world.flags["config"] = {"umbra.yaml"};
  EXPECT_EQ(from(world.resolve(), "workers"), "2 < umbra.yaml:1:10");
  for (const char* none : {"off", "none"}) {
    world.flags["config"] = {none};
    EXPECT_EQ(world.resolve().file, "") << none;
    EXPECT_EQ(from(world.resolve(), "workers"), "1 < default") << none;
  }
  world.flags["config"] = {"missing.yaml"};
  EXPECT_EQ(text_of(world.resolve().problems), "--config 'missing.yaml': a file that exists is expected");
}

// Nobody knows what would have stood in it.
TEST(Sources, OfAFileThatCannotBeReadNothingElseIsSaid) {
  World world;
  world.variables["UMBRA_SHADOWS"] = "no url";
  const auto problem = [&] { return text_of(world.resolve().problems); };
  world.flags["config"] = {"missing.yaml"};
  EXPECT_EQ(problem(), "--config 'missing.yaml': a file that exists is expected");
  world.unreadable = "missing.yaml";
  EXPECT_EQ(problem(), "--config 'missing.yaml': cannot be read");
  world.flags["workers"] = {"0"};
  EXPECT_EQ(problem(),
            "--config 'missing.yaml': cannot be read\n--workers '0': 1 to 256 or auto is expected");
  world.flags = {};
  world.unreadable = "umbra.yaml";
  EXPECT_EQ(problem(), "umbra.yaml: cannot be read");
  world.unreadable = "";
  world.files["umbra.yaml"] = "listen: [";
  EXPECT_EQ(world.resolve().problems.size(), 1U);
  EXPECT_TRUE(problem().starts_with("umbra.yaml:")) << problem();
}

// Whoever must relay all the same (--safe) goes by what there is.
TEST(Sources, AFileThatCannotBeReadLeavesOptions) {
  World world;
  world.variables["PORT"] = "5000";
  world.flags["workers"] = {"2"};
  for (const bool unreadable : {true, false}) {
    world.unreadable = unreadable ? "umbra.yaml" : "";
    world.files["umbra.yaml"] = "{: not yaml";
    const Resolved resolved = world.resolve();
    EXPECT_EQ(resolved.problems.size(), 1U);
    ASSERT_EQ(resolved.options.listen.size(), 1U);
    EXPECT_EQ(resolved.options.relay.app.text(), "127.0.0.1:5001");
    EXPECT_EQ(resolved.options.workers, 2U);
  }
}

TEST(Sources, AFlagsShadowReplacesTheUrlOfTheFilesOne) {
  World world = world_of("shadows:\n  - {name: next, url: 'http://a', percent: 10%}\n  - url: http://b\n");
  world.flags["shadow"] = {"next=http://new:1", "http://b", "http://c"};
  const Resolved resolved = world.resolve();
  EXPECT_EQ(text_of(resolved.problems), "");
  const auto& shadows = resolved.options.mirror.shadows;
  ASSERT_EQ(shadows.size(), 3U);
  EXPECT_EQ(shadows[0].name, "next");
  EXPECT_EQ(shadows[0].address.text(), "new:1");
  EXPECT_EQ(shadows[0].rules.steps.size(), 1U) << "its rules stay";
  EXPECT_EQ(shadows[1].name, "b:80");
  EXPECT_EQ(shadows[2].name, "c:80");
  EXPECT_EQ(from(resolved, "shadows[0].url"), "http://new:1 < flag --shadow");
  EXPECT_EQ(from(resolved, "shadows[0].name").substr(0, 7), "next < ");
  EXPECT_EQ(from(resolved, "shadows[2].name"), "c:80 < default");
  EXPECT_EQ(from(resolved, "shadows[0].percent"), "10% < umbra.yaml:2:44");
}

TEST(Sources, FlagsTakeThePlaceOfTheVariablesShadows) {
  World world = world_of("");
  world.variables["UMBRA_SHADOW"] = "a=http://a";
  world.flags["shadow"] = {"b=http://b"};
  const auto options = sound_options(world);
  ASSERT_EQ(options.mirror.shadows.size(), 1U);
  EXPECT_EQ(options.mirror.shadows[0].name, "b");
}

TEST(Sources, APortFromTheEnvironmentIsSaid) {
  World world;
  world.variables["PORT"] = "5000";
  const Resolved resolved = world.resolve();
  EXPECT_EQ(from(resolved, "listen"), "[::]:5000 < PORT");
  EXPECT_EQ(from(resolved, "app"), "127.0.0.1:5001 < PORT");
}

TEST(Sources, TheMirrorCanBeSwitchedOff) {
  World world = world_of("");
  EXPECT_FALSE(sound_options(world).mirror.off);
  world.variables["UMBRA_MIRROR"] = "on";
  EXPECT_FALSE(sound_options(world).mirror.off);
  world.variables["UMBRA_MIRROR"] = "off";
  EXPECT_TRUE(sound_options(world).mirror.off);
  EXPECT_EQ(from(world.resolve(), "mirror.off"), "true < UMBRA_MIRROR");
  world.variables["UMBRA_MIRROR"] = "of";
  EXPECT_EQ(text_of(world.resolve().problems), "UMBRA_MIRROR 'of': on or off is expected");
}

TEST(Sources, TheAdminToken) {
  World world = world_of("admin: {token_file: t}");
  const auto problem = [&] { return text_of(world.resolve().problems); };
  EXPECT_EQ(problem(), "umbra.yaml:1:21: admin.token_file: 't': a file that exists is expected");
  world.files["t"] = "short";
  EXPECT_EQ(problem(),
            "umbra.yaml:1:21: admin.token_file: 't': a token of at least 16 characters is expected");
  world.files["t"] = "sixteen letters and blanks";
  EXPECT_EQ(problem(),
            "umbra.yaml:1:21: admin.token_file: 't': a token of letters, digits and marks is expected");
  world.files["t"] = " 0123456789abcdef\r\n";
  EXPECT_EQ(sound_options(world).admin_token, "0123456789abcdef");
  world.variables["UMBRA_ADMIN_TOKEN"] = "fedcba9876543210";
  EXPECT_EQ(sound_options(world).admin_token, "fedcba9876543210");
  world.variables["UMBRA_ADMIN_TOKEN"] = "secret";
  EXPECT_EQ(problem(), "UMBRA_ADMIN_TOKEN: a token of at least 16 characters is expected");
}

TEST(Sources, NoSecretIsPrinted) {
  World world = world_of(
      "shadows:\n  - url: http://user:hunter2@h\n    headers: {set: {Authorization: Bearer hunter2, X-K: "
      "\"${K}\"}}\n"
      "    mask: {headers: [A], hash_key: hunter2}\n");
  world.variables = {{"K", "hunter2"},
                     {"UMBRA_ADMIN_TOKEN", "hunter2hunter2hunter2"},
                     {"UMBRA_SHADOW", "other=http://u:hunter2@o"}};
  const Resolved resolved = world.resolve();
  EXPECT_EQ(text_of(resolved.problems), "");
  const std::string text = resolved_text(resolved) + resolved_json(resolved);
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_EQ(from(resolved, "shadows[0].url"), "http://***@h < umbra.yaml:2:10");
  EXPECT_EQ(from(resolved, "shadows[0].mask.hash_key"), "(set) < umbra.yaml:4:36");
  EXPECT_EQ(from(resolved, "shadows[0].headers.set.Authorization"), "(set) < umbra.yaml:3:36");
  EXPECT_EQ(from(resolved, "shadows[0].headers.set.X-K"), "${K} < umbra.yaml:3:57");
  EXPECT_EQ(from(resolved, "shadows[1].url"), "http://***@o < UMBRA_SHADOW");
  EXPECT_EQ(from(resolved, "admin.token"), "(set) < UMBRA_ADMIN_TOKEN");
}

TEST(Sources, WhatCheckPrints) {
  World world = world_of("workers: 2\n");
  const std::string text = resolved_text(world.resolve());
  EXPECT_TRUE(text.starts_with("configuration file: umbra.yaml\n\nlisten ")) << text;
  EXPECT_NE(text.find("workers                     2               umbra.yaml:1:10\n"), std::string::npos)
      << text;
  world.files.clear();
  EXPECT_TRUE(resolved_text(world.resolve()).starts_with("configuration file: none\n"));
  const std::string json = resolved_json(world.resolve());
  EXPECT_NE(json.find("\"ok\": true"), std::string::npos) << json;
  EXPECT_NE(json.find("\"key\": \"workers\""), std::string::npos) << json;
  world.flags["workers"] = {"x"};
  EXPECT_EQ(resolved_json(world.resolve()),
            "{\n  \"ok\": false,\n  \"problems\": [\n    {\n      \"key\": \"workers\",\n"
            "      \"text\": \"--workers 'x': 1 to 256 or auto is expected\"\n    }\n  ]\n}\n");
}

}  // namespace
}  // namespace umbra::config
