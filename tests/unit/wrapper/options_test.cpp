#include "wrapper/options.h"

#include <gtest/gtest.h>

namespace umbra::wrapper {
namespace {

using Words = std::vector<std::string>;

Environment environment(const Words& entries = {"PORT=5000"}) {
  Environment made;
  for (const std::string& entry : entries)
    made.set(entry.substr(0, entry.find('=')), entry.substr(entry.find('=') + 1));
  return made;
}

Options sound(const Words& arguments, const Words& variables = {"PORT=5000"}) {
  auto options = read_options(arguments, environment(variables));
  EXPECT_TRUE(options) << (options ? "" : options.error().detail);
  return options ? *options : Options{};
}

TEST(WrapperOptions, WithoutFlagsEverythingIsTheCommand) {
  const Words command{"bundle", "exec", "rails", "s", "-p", "5000", "--", "x"};
  const Options options = sound(command);
  EXPECT_EQ(options.command, command);
  EXPECT_EQ(options.port, 5000);
  EXPECT_FALSE(options.app_port);
  EXPECT_TRUE(options.proxy_flags.empty());
}

TEST(WrapperOptions, FlagsStandBeforeTheDashes) {
  const Options options = sound({"--shadow", "next=http://h", "--app-port=7000", "--wait", "2s",
                                 "--workers=2", "--shell", "--stop-timeout", "9s", "--umbra=/x/umbra",
                                 "--keep-arguments", "--listen-at-once", "--", "app", "--", "--wait"});
  EXPECT_EQ(options.command, (Words{"app", "--", "--wait"}));
  EXPECT_EQ(options.proxy_flags, (Words{"--shadow", "next=http://h", "--workers=2"}));
  EXPECT_EQ(options.app_port, 7000);
  EXPECT_EQ(options.wait, 2 * kSecond);
  EXPECT_EQ(options.stop_timeout, 9 * kSecond);
  EXPECT_EQ(options.umbra, "/x/umbra");
  EXPECT_TRUE(options.shell && options.keep_arguments && options.listen_at_once);
}

TEST(WrapperOptions, TheEnvironment) {
  EXPECT_EQ(sound({"app"}, {"PORT=5000", "APP_PORT=6000"}).app_port, 6000);
  EXPECT_TRUE(sound({"app"}, {"PORT=5000", "APP_PORT=auto"}).app_port_auto);
  EXPECT_EQ(sound({"--app-port", "7000", "--", "app"}, {"PORT=5000", "APP_PORT=auto"}).app_port, 7000)
      << "flags win";
  EXPECT_FALSE(sound({"--app-port", "7000", "--", "app"}, {"PORT=5000", "APP_PORT=auto"}).app_port_auto);
  EXPECT_FALSE(sound({"app"}, {"PORT=5000", "APP_PORT="}).app_port) << "empty is not given";
  for (const char* on : {"1", "true", "yes", "on"}) {
    EXPECT_TRUE(sound({"app"}, {"PORT=5000", std::string("UMBRA_OFF=") + on}).off) << on;
  }
  for (const char* not_on : {"0", "false", ""}) {
    EXPECT_FALSE(sound({"app"}, {"PORT=5000", std::string("UMBRA_OFF=") + not_on}).off) << not_on;
  }
  EXPECT_TRUE(sound({"app"}, {"PORT=5000", "EM_PROXY_VERBOSE=true"}).verbose);
  EXPECT_FALSE(sound({"app"}, {"PORT=5000", "EM_PROXY_VERBOSE=1"}).verbose)
      << "the old wrapper's only word is true";
}

TEST(WrapperOptions, OffAsksForNoPort) {
  EXPECT_EQ(sound({"app"}, {"UMBRA_OFF=1"}).port, 0);
  EXPECT_EQ(sound({"app"}, {"UMBRA_OFF=1", "PORT=x", "APP_PORT=y"}).port, 0);
  EXPECT_EQ(sound({"app"}, {"UMBRA_OFF=1", "PORT=5000"}).port, 5000);
}

TEST(WrapperOptions, TheAppsAddress) {
  for (const char* literal : {"127.0.0.1:1", "[::1]:1", "localhost:1", "unix:/tmp/app.sock"}) {
    EXPECT_TRUE(read_options({"--app", literal, "--", "app"}, environment())) << literal;
  }
  const auto named = read_options({"--app", "shop.internal:80", "--", "app"}, environment());
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().detail,
            "--app 'shop.internal:80': an IP address, localhost or unix:PATH is expected");
}

TEST(WrapperOptions, HelpNeedsNeitherPortNorCommand) {
  EXPECT_TRUE(sound({"--help"}, {}).help);
  EXPECT_TRUE(sound({"-h"}, {}).help);
  EXPECT_TRUE(sound({"--version"}, {}).version);
}

TEST(WrapperOptions, FaultsNameTheFlagTheValueAndTheCure) {
  struct Row {
    Words arguments;
    Words variables;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{
           {{}, {"PORT=5000"}, "the application's command is missing; --help shows how"},
           {{"--wait", "1s", "--"}, {"PORT=5000"}, "the application's command is missing; --help shows how"},
           {{"app"},
            {},
            "PORT is not set: the port that the application would have without umbra is expected there"},
           {{"app"}, {"PORT=x"}, "PORT 'x': a port from 1 to 65535 is expected"},
           {{"app"}, {"PORT=0"}, "PORT '0': a port from 1 to 65535 is expected"},
           {{"app"}, {"PORT=5000", "APP_PORT=next"}, "APP_PORT 'next': a port from 1 to 65535 is expected"},
           {{"app"},
            {"PORT=5000", "APP_PORT=5000"},
            "the application's port 5000 is PORT itself; another one is expected"},
           {{"--shadow", "x=http://h", "app"},
            {"PORT=5000"},
            "-- is expected between umbra's flags and the application's command"},
           {{"--app-port", "70000", "--", "app"},
            {"PORT=5000"},
            "--app-port '70000': a port from 1 to 65535 is expected"},
           {{"--wait", "soon", "--", "app"},
            {"PORT=5000"},
            "--wait 'soon': a duration such as 250ms, 20s or 2m, up to 1h, is expected"},
           {{"--wait", "--", "app"}, {"PORT=5000"}, "--wait: a value is expected behind it"},
           {{"--listen", ":1", "--", "app"},
            {"PORT=5000"},
            "--listen: the wrapper listens on PORT; `umbra proxy` takes --listen"},
       }) {
    const auto options = read_options(row.arguments, environment(row.variables));
    ASSERT_FALSE(options) << row.expected;
    EXPECT_EQ(options.error().detail, row.expected);
  }
  EXPECT_FALSE(read_options({"--app", "h:", "--", "app"}, environment()));
}

}  // namespace
}  // namespace umbra::wrapper
