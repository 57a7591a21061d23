#include "umbra/app/safe_options.h"

#include <gtest/gtest.h>

namespace umbra::app {
namespace {

config::Surroundings with_file(std::string yaml) {
  config::Surroundings here;
  here.variable = [](const std::string& name) {
    return name == "PORT" ? std::optional<std::string>("5000") : std::nullopt;
  };
  here.file = [yaml = std::move(yaml)](const std::string& path) -> config::FileText {
    if (path != "config/umbra.yaml") return std::nullopt;
    return Result<std::string>(yaml);
  };
  return here;
}

TEST(SafeOptions, KeepWhatClientsAndTheAppDependOn) {
  const auto safe = safe_options({}, with_file("listen: ':8080'\n"
                                               "app: 127.0.0.1:5000\n"
                                               "workers: 2\n"
                                               "live: {forwarded: append, proxy_protocol: {accept: any}}\n"
                                               "drain: {timeout: 7s}\n"
                                               "access_log: '-'\n"
                                               "shadows: [{url: http://127.0.0.1:5001}]\n"));
  ASSERT_TRUE(safe.options);
  EXPECT_TRUE(safe.problems.empty());
  EXPECT_EQ(safe.options->relay.app.text(), "127.0.0.1:5000");
  EXPECT_EQ(safe.options->workers, 2U);
  EXPECT_EQ(safe.options->drain.timeout, 7 * kSecond);
  EXPECT_EQ(safe.options->relay.live.accept, relay::ProxyProtocol::any)
      << "the app would read it as a request";
  EXPECT_FALSE(safe.options->relay.live.heads());
  EXPECT_FALSE(safe.options->relay.observe);
  EXPECT_TRUE(safe.options->mirror.shadows.empty());
  EXPECT_EQ(safe.options->access_log, "");
}

TEST(SafeOptions, FaultsAreWarnings) {
  for (const char* yaml : {"shadows: [{url: nonsense}]\n", "shadows: 7\n", "no: such key\n", "{: not yaml\n",
                           "access_log: [1, 2]\n", "workers: many\n"}) {
    const auto safe = safe_options({}, with_file(yaml));
    ASSERT_TRUE(safe.options) << yaml;
    EXPECT_FALSE(safe.warnings.empty()) << yaml;
    EXPECT_EQ(safe.options->listen.at(0).port, 5000) << yaml;
    EXPECT_EQ(safe.options->relay.app.text(), "127.0.0.1:5001") << yaml;
    EXPECT_TRUE(safe.options->mirror.shadows.empty()) << yaml;
  }
}

TEST(SafeOptions, WithoutAnAddressThereIsNothingToRelay) {
  config::Surroundings here = with_file("");
  here.variable = [](const std::string&) { return std::optional<std::string>(); };
  const auto safe = safe_options({}, here);
  EXPECT_FALSE(safe.options);
  EXPECT_FALSE(safe.problems.empty());
}

TEST(SafeOptions, InheritedSocketsAreWhereItListens) {
  config::Surroundings here = with_file("listen: ':8080'\napp: 127.0.0.1:5000\n");
  here.inherited = {{net::Address::Kind::tcp, "::", 9000, ""}};
  const auto fresh = fresh_options({}, here);
  ASSERT_TRUE(fresh.options);
  ASSERT_EQ(fresh.options->listen.size(), 1U);
  EXPECT_EQ(fresh.options->listen[0].port, 9000);
}

}  // namespace
}  // namespace umbra::app
