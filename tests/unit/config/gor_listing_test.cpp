// What `umbra check` says of the shadows of gor.options.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "resolving.h"

namespace umbra::config {
namespace {

using Lines = std::vector<std::string>;

// "shadows[0].timeout = 5s < default", of the shadows alone.
Lines listed(const std::string& gor, const std::string& yaml = "") {
  World world = world_of(yaml);
  world.files["gor.options"] = gor;
  world.flags["gor-options"] = {"gor.options"};
  const Resolved resolved = world.resolve();
  EXPECT_EQ(texts_of(resolved.problems), Lines{});
  Lines lines;
  for (const Setting& setting : resolved.settings) {
    if (!setting.key.starts_with("shadows[")) continue;
    lines.push_back(fmt::format("{} = {} < {}", setting.key, setting.value, setting.place.text()));
  }
  return lines;
}

TEST(GorListing, DefaultsAreGors) {
  EXPECT_EQ(listed("--output-http stg.example"), (Lines{
                                                     "shadows[0].name = stg.example:80 < gor.options:1:1",
                                                     "shadows[0].url = http://stg.example < gor.options:1:1",
                                                     "shadows[0].max_body = 5MiB < default",
                                                     "shadows[0].timeout = 5s < default",
                                                 }));
}

TEST(GorListing, EverythingThatHolds) {
  EXPECT_EQ(listed("--output-http 'https://me:s3cret@a/v2|10.5%'\n"
                   "--http-allow-url ^/api --http-disallow-header 'X-A: b'\n"
                   "--output-http-timeout 50ms --copy-buffer-size 64kb\n"
                   "--output-http-workers 7 --output-http-redirects 2 --output-http-skip-verify\n"
                   "--http-original-host --prettify-http\n"
                   "--output-http-method get --http-rewrite-url /a:/b"),
            (Lines{
                "shadows[0].name = a:443 < gor.options:1:1",
                "shadows[0].url = https://a/v2 < gor.options:1:1",
                "shadows[0].host = preserve < gor.options:5:1",
                "shadows[0].--http-allow-url = ^/api < gor.options:2:1",
                "shadows[0].--http-disallow-header = X-A: b < gor.options:2:24",
                "shadows[0].--output-http-method = get < gor.options:6:1",
                "shadows[0].--http-rewrite-url = /a:/b < gor.options:6:26",
                "shadows[0].percent = 10.5% < gor.options:1:1",
                "shadows[0].target.prefix = /v2 < gor.options:1:1",
                "shadows[0].max_body = 64KiB < gor.options:3:28",
                "shadows[0].timeout = 1s < gor.options:3:1",
                "shadows[0].connections = 7 < gor.options:4:1",
                "shadows[0].redirects.max = 2 < gor.options:4:25",
                "shadows[0].tls.insecure = true < gor.options:4:51",
            }));
}

// Rules are all outputs', limits and turns each one's own.
TEST(GorListing, SeveralOutputs) {
  EXPECT_EQ(listed("--output-http 'a|5'\n--output-http b\n--split-output --http-header-limiter U:25%",
                   "shadows: []"),
            (Lines{
                "shadows[0].name = a:80 < gor.options:1:1",
                "shadows[0].url = http://a < gor.options:1:1",
                "shadows[0].--http-header-limiter = U:25% < gor.options:3:16",
                "shadows[0].--split-output = 1 of 2 < gor.options:3:1",
                "shadows[0].rate = 5/s < gor.options:1:1",
                "shadows[0].max_body = 5MiB < default",
                "shadows[0].timeout = 5s < default",
                "shadows[1].name = b:80 < gor.options:2:1",
                "shadows[1].url = http://b < gor.options:2:1",
                "shadows[1].--http-header-limiter = U:25% < gor.options:3:16",
                "shadows[1].--split-output = 2 of 2 < gor.options:3:1",
                "shadows[1].max_body = 5MiB < default",
                "shadows[1].timeout = 5s < default",
            }));
}

TEST(GorListing, NoSecretIsPrinted) {
  const Lines lines = listed(
      "--output-http http://me:s3cret@a --http-set-header 'X-Env: s3cret' --http-basic-auth-filter s3cret\n"
      "--http-allow-header 'Cookie: s3cret' --http-set-param token=s3cret --output-http-header Host:b");
  for (const std::string& line : lines) EXPECT_EQ(line.find("s3cret"), line.npos) << line;
  EXPECT_EQ(lines[2], "shadows[0].host = b < gor.options");
  EXPECT_EQ(lines[3], "shadows[0].--http-set-header = X-Env:*** < gor.options:1:34");
}

}  // namespace
}  // namespace umbra::config
