// Options as the proxy starts with them, and as a reload takes them.
#include "umbra/app/fresh_options.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/certificates.h"

namespace umbra::app {
namespace {

using Lines = std::vector<std::string>;

FreshOptions fresh(const std::string& yaml, const std::string& gor = "# none\n") {
  config::Surroundings surroundings;
  surroundings.variable = [](const std::string&) { return std::nullopt; };
  surroundings.file = [&](const std::string& path) -> config::FileText {
    if (path == "umbra.yaml") return Result<std::string>(yaml);
    if (path == "config/gor.options") return Result<std::string>(gor);
    return std::nullopt;
  };
  config::ProxyFlags flags;
  flags["listen"] = {":8080"};
  flags["app"] = {"127.0.0.1:5000"};
  flags["gor-options"] = {"config/gor.options"};
  return fresh_options(flags, surroundings);
}

TEST(FreshOptions, RulesAreCompiled) {
  const FreshOptions made = fresh(
      "shadows:\n"
      "- {url: http://plain:1}\n"
      "- {url: http://ruled:1, percent: 5%}\n"
      "- {url: http://masked:1, mask: {json: [a]}}\n"
      "- {url: 'http://u:p@secret:1'}\n",
      "--output-http http://gor:1 --http-allow-method GET");
  ASSERT_TRUE(made.options) << made.problems.front();
  EXPECT_EQ(made.problems, Lines{});
  EXPECT_EQ(made.warnings, Lines{});
  const auto& shadows = made.options->mirror.shadows;
  ASSERT_EQ(shadows.size(), 5U);
  EXPECT_FALSE(shadows[0].program) << "without rules a shadow costs nothing";
  EXPECT_FALSE(shadows[0].body_mask);
  EXPECT_TRUE(shadows[1].program);
  EXPECT_FALSE(shadows[2].program);
  EXPECT_TRUE(shadows[2].body_mask);
  EXPECT_TRUE(shadows[3].program) << "it sets the authorization";
  EXPECT_EQ(shadows[4].name, "gor:1");
  EXPECT_TRUE(shadows[4].program);
}

TEST(FreshOptions, ProblemsLeaveNoOptions) {
  const FreshOptions made = fresh("workers: 0\nshadows: [{url: 'http://a', percent: 5}]",
                                  "--output-http http://b\n--http-alow-url x\n");
  EXPECT_FALSE(made.options);
  EXPECT_EQ(made.problems.size(), 3U);
  for (const char* place : {"umbra.yaml:1:10: workers: ", "umbra.yaml:2:38: shadows[0].percent: ",
                            "config/gor.options:2:1: --http-alow-url"}) {
    EXPECT_TRUE(std::any_of(made.problems.begin(), made.problems.end(),
                            [&](const std::string& line) { return line.starts_with(place); }))
        << place << "\n"
        << made.problems.front();
  }
}

TEST(FreshOptions, FilesOfTlsAreTried) {
  const FreshOptions of_shadow =
      fresh("shadows: [{url: 'https://a', name: next, tls: {ca_file: /no/such/file}}]");
  EXPECT_FALSE(of_shadow.options);
  ASSERT_EQ(of_shadow.problems.size(), 1U);
  EXPECT_TRUE(of_shadow.problems[0].starts_with("shadow 'next': ")) << of_shadow.problems[0];
  EXPECT_NE(of_shadow.problems[0].find("/no/such/file"), std::string::npos) << of_shadow.problems[0];

  const FreshOptions of_server = fresh("tls: {cert: /no/such/cert, key: /no/such/key}");
  EXPECT_FALSE(of_server.options);
  ASSERT_EQ(of_server.problems.size(), 1U);
  EXPECT_TRUE(of_server.problems[0].starts_with("tls: ")) << of_server.problems[0];
}

// By it a reload that brings another certificate is known.
TEST(FreshOptions, ARenewedCertificateDiffers) {
  const support::TestFolder folder;
  support::CertificateAuthority root(folder, "root");
  const auto hash = [&] {
    config::Surroundings surroundings;
    surroundings.variable = [](const std::string&) { return std::nullopt; };
    config::ProxyFlags flags;
    flags["config"] = {"off"};
    flags["listen"] = {":8080"};
    flags["app"] = {"127.0.0.1:5000"};
    flags["tls-cert"] = {folder.path() + "/server.pem"};
    flags["tls-key"] = {folder.path() + "/server.key"};
    const FreshOptions made = fresh_options(flags, surroundings);
    EXPECT_EQ(made.problems, Lines{});
    return made.options ? made.options->certificate_hash : 0;
  };
  const auto issue = [&] {
    const support::Identity identity = root.issue("renewed");
    std::filesystem::rename(identity.cert_file, folder.path() + "/server.pem");
    std::filesystem::rename(identity.key_file, folder.path() + "/server.key");
  };
  issue();
  const uint64_t first = hash();
  EXPECT_NE(first, 0U);
  EXPECT_EQ(hash(), first);
  issue();
  EXPECT_NE(hash(), first);
}

TEST(FreshOptions, WarningsStopNothing) {
  const FreshOptions made = fresh("", "--output-http http://a --input-raw-engine libpcap\n");
  ASSERT_TRUE(made.options) << made.problems.front();
  ASSERT_EQ(made.warnings.size(), 1U);
  EXPECT_TRUE(made.warnings[0].starts_with("config/gor.options:1:24: --input-raw-engine"))
      << made.warnings[0];
}

}  // namespace
}  // namespace umbra::app
