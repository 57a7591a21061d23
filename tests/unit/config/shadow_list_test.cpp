// UMBRA_SHADOWS: the shadows of who has nothing but an environment to say them in.
#include <gtest/gtest.h>

#include "resolving.h"
#include "umbra/config/resolved_text.h"

namespace umbra::config {
namespace {

using Lines = std::vector<std::string>;

World world_with(const std::string& shadows, const std::string& yaml = "") {
  World world = world_of(yaml);
  world.variables["UMBRA_SHADOWS"] = shadows;
  return world;
}

Lines names_of(const ProxyOptions& options) {
  Lines names;
  for (const auto& shadow : options.mirror.shadows) names.push_back(shadow.name);
  return names;
}

// "a:80, b:81 < where the first one's URL came from".
std::string shadows_of(const World& world) {
  const Resolved resolved = world.resolve();
  EXPECT_EQ(texts_of(resolved.problems), Lines{});
  std::string out;
  for (const std::string& name : names_of(resolved.options)) out += (out.empty() ? "" : ", ") + name;
  for (const Setting& setting : resolved.settings) {
    if (setting.key == "shadows[0].url") out += " < " + setting.place.text();
  }
  return out;
}

TEST(ShadowList, HasCommasBetween) {
  struct Row {
    std::string value;
    std::string shadows;
  };
  for (const Row& row : {
           Row{"https://a.example", "a.example:443 < UMBRA_SHADOWS"},
           Row{"https://a.example,https://b.example", "a.example:443, b.example:443 < UMBRA_SHADOWS"},
           Row{" http://a , next=http://b:81\n,unix:/run/c.sock,", "a:80, next, c.sock < UMBRA_SHADOWS"},
           Row{"http://a http://b", "a:80, b:80 < UMBRA_SHADOWS"},
           Row{"tcp://a:1,http://user:p%2cw@b", "a:1, b:80 < UMBRA_SHADOWS"},
           Row{"", ""},
           Row{" , ,", ""},
       }) {
    const World world = world_with(row.value);
    EXPECT_EQ(shadows_of(world), row.shadows) << row.value;
    EXPECT_EQ(texts_of(world.resolve().warnings), Lines{}) << row.value;
  }
}

// Whoever says shadows in a place of more weight is believed, and the variable is not forgotten in silence.
TEST(ShadowList, IsTheLastThatIsAsked) {
  World world = world_with("http://variable");
  const auto expect = [&](const std::string& shadows, const std::string& giver) {
    EXPECT_EQ(shadows_of(world), shadows);
    EXPECT_EQ(texts_of(world.resolve().warnings),
              Lines{"UMBRA_SHADOWS: is not used: the shadows come from " + giver});
  };
  world.files["gor.options"] = "\n  --output-http http://gor\n";
  world.flags["gor-options"] = {"gor.options"};
  expect("gor:80 < gor.options:2:3", "gor.options:2:3");
  world.flags.given.erase("gor-options");
  world.files["umbra.yaml"] = "shadows:\n  - url: http://file\n";
  expect("file:80 < umbra.yaml:2:10", "umbra.yaml:2:5");
  world.files["umbra.yaml"] = "";
  world.variables["UMBRA_SHADOW"] = "http://other";
  expect("other:80 < UMBRA_SHADOW", "UMBRA_SHADOW");
  world.variables.erase("UMBRA_SHADOW");
  world.flags["shadow"] = {"http://flag"};
  expect("flag:80 < flag --shadow", "flag --shadow");
}

// What has no effect cannot be wrong.
TEST(ShadowList, IsNotJudgedWhereItIsNotUsed) {
  World world = world_with("no url");
  world.flags["shadow"] = {"http://flag"};
  EXPECT_EQ(shadows_of(world), "flag:80 < flag --shadow");
  EXPECT_EQ(world.resolve().warnings.size(), 1U);
}

TEST(ShadowList, IsUsedBesideFilesThatSayNoShadow) {
  EXPECT_EQ(shadows_of(world_with("http://a", "workers: 2\nshadows: []\n")), "a:80 < UMBRA_SHADOWS");
  World world = world_with("http://a", "gor_options: config/gor.options\n");
  EXPECT_EQ(shadows_of(world), "a:80 < UMBRA_SHADOWS");
  EXPECT_EQ(texts_of(world.resolve().warnings),
            Lines{"config/gor.options:1:1: there is no --output-http: no shadow comes of it"});
}

TEST(ShadowList, ABadUrlIsFoundInTheList) {
  struct Row {
    std::string value;
    Lines problems;
  };
  const std::string url = "a URL such as http://host:port is expected";
  for (const Row& row : {
           Row{"staging", {"UMBRA_SHADOWS 'staging': " + url}},
           Row{"http://a,ftp://b,https://c", {"UMBRA_SHADOWS 'ftp://b': value 2 of 3: " + url}},
           Row{"x,http://a,y",
               {"UMBRA_SHADOWS 'x': value 1 of 3: " + url, "UMBRA_SHADOWS 'y': value 3 of 3: " + url}},
           Row{"http://a,http://me:s3cret@b/path",
               {"UMBRA_SHADOWS 'http://***@b/path': value 2 of 2: a URL without path and query is expected, "
                "such as http://host:port (a copy keeps the target of its request)"}},
           Row{"http://a,http://a",
               {"UMBRA_SHADOWS 'http://a': the name 'a:80' is given twice; a name of its own is expected, "
                "such as other=http://a"}},
           Row{"http://localhost:8080",
               {"UMBRA_SHADOWS 'http://localhost:8080': umbra itself listens there (:8080); another address "
                "is expected"}},
       }) {
    EXPECT_EQ(texts_of(world_with(row.value).resolve().problems), row.problems) << row.value;
  }
}

TEST(ShadowList, IsBounded) {
  std::string many = "http://s0";
  for (size_t i = 1; i <= mirror::kShadowsMax; ++i) many += ",http://s" + std::to_string(i);
  EXPECT_EQ(texts_of(world_with(many).resolve().problems),
            Lines{"UMBRA_SHADOWS is given 65 times: at most 64 shadows are expected"});
}

TEST(ShadowList, NoPasswordIsPrinted) {
  const Resolved resolved = world_with("http://me:s3cret@a").resolve();
  EXPECT_EQ(resolved_text(resolved).find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace umbra::config
