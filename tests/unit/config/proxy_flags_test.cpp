#include "umbra/config/proxy_flags.h"

#include <gtest/gtest.h>

namespace umbra::config {
namespace {

Surroundings with_port(std::optional<std::string> port) {
  return {.variable = [port](const std::string& name) { return name == "PORT" ? port : std::nullopt; },
          .usable_cpus = 3,
          .file = [](const std::string&) { return FileText(); }};
}

ProxyFlags complete() {
  ProxyFlags flags;
  flags["listen"] = {":8080"};
  flags["app"] = {"127.0.0.1:5000"};
  return flags;
}

ProxyOptions options_of(const ProxyFlags& flags, std::optional<std::string> port = std::nullopt) {
  auto options = proxy_options(flags, with_port(std::move(port)));
  EXPECT_TRUE(options) << options.error().detail;
  return options ? *options : ProxyOptions();
}

std::string complaint_of(const ProxyFlags& flags, std::optional<std::string> port = std::nullopt) {
  const auto options = proxy_options(flags, with_port(std::move(port)));
  if (options) return "(accepted)";
  EXPECT_EQ(options.error().code, Errc::bad_config);
  return options.error().detail;
}

TEST(ProxyFlags, DefaultsWithPort) {
  const ProxyOptions options = options_of({}, "5000");
  ASSERT_EQ(options.listen.size(), 1U);
  EXPECT_EQ(options.listen[0].text(), "[::]:5000");
  EXPECT_EQ(options.relay.app.text(), "127.0.0.1:5001");
  EXPECT_EQ(options.relay.sessions_max, 0U);
  EXPECT_EQ(options.workers, 1U);
  EXPECT_TRUE(options.mirror.shadows.empty());
  EXPECT_EQ(options.mirror.memory, 64U << 20);
  EXPECT_EQ(options.mirror.connections, 128U);
  EXPECT_EQ(options.mirror.timeout, 30 * kSecond);
  EXPECT_EQ(options.mirror.connect_timeout, 3 * kSecond);
  EXPECT_EQ(options.mirror.pipeline, 0U);
  EXPECT_EQ(options.drain.delay, 0U);
  EXPECT_EQ(options.drain.timeout, 25 * kSecond);
  EXPECT_TRUE(options.admin.empty());
  EXPECT_FALSE(options.ready_needs_app);
  EXPECT_EQ(options.access_log, "");
  EXPECT_EQ(options.log_level, LogLevel::info);
  EXPECT_EQ(options.log_format, LogFormat::logfmt);
}

TEST(ProxyFlags, EverythingGiven) {
  ProxyFlags flags = complete();
  flags["listen"] = {":8080", "unix:/run/a,b.sock", ":0", ":0"};
  flags["workers"] = {"4"};
  flags["max-sessions"] = {"1000"};
  flags["shadow"] = {"next=http://10.0.0.7:5001", "http://Staging"};
  flags["shadow-memory"] = {"1GiB"};
  flags["shadow-connections"] = {"1"};
  flags["shadow-timeout"] = {"1.5s"};
  flags["shadow-connect-timeout"] = {"250ms"};
  flags["shadow-pipeline"] = {"8"};
  flags["drain-delay"] = {"5s"};
  flags["drain-timeout"] = {"0"};
  flags["admin"] = {":9100"};
  flags["ready-needs-app"] = {"true"};
  flags["access-log"] = {"-"};
  flags["log-level"] = {"off"};
  flags["log-format"] = {"json"};
  const ProxyOptions options = options_of(flags);
  ASSERT_EQ(options.listen.size(), 4U);
  EXPECT_EQ(options.listen[1].path, "/run/a,b.sock");
  EXPECT_EQ(options.workers, 4U);
  EXPECT_EQ(options.relay.sessions_max, 1000U) << "of the process";
  ASSERT_EQ(options.mirror.shadows.size(), 2U);
  EXPECT_EQ(options.mirror.shadows[0].name, "next");
  EXPECT_EQ(options.mirror.shadows[1].name, "staging:80");
  EXPECT_EQ(options.mirror.memory, 1U << 30);
  EXPECT_EQ(options.mirror.connections, 1U);
  EXPECT_EQ(options.mirror.timeout, 1500 * kMillisecond);
  EXPECT_EQ(options.mirror.connect_timeout, 250 * kMillisecond);
  EXPECT_EQ(options.mirror.pipeline, 8U);
  EXPECT_EQ(options.drain.delay, 5 * kSecond);
  EXPECT_EQ(options.drain.timeout, 0U);
  ASSERT_EQ(options.admin.size(), 1U);
  EXPECT_EQ(options.admin[0].text(), "127.0.0.1:9100") << "a bare port is not for everybody";
  EXPECT_TRUE(options.ready_needs_app);
  EXPECT_EQ(options.access_log, "-");
  EXPECT_EQ(options.log_level, LogLevel::off);
  EXPECT_EQ(options.log_format, LogFormat::json);
}

TEST(ProxyFlags, AutoWorkersAreTheUsableCpus) {
  ProxyFlags flags = complete();
  flags["workers"] = {"auto"};
  EXPECT_EQ(options_of(flags).workers, 3U);
}

TEST(ProxyFlags, ATerminalIsLoggedToAsText) {
  Surroundings terminal = with_port("5000");
  terminal.stderr_is_terminal = true;
  const auto options = proxy_options({}, terminal);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->log_format, LogFormat::text);
}

TEST(ProxyFlags, ThePortIsAskedForOnlyWhenItIsNeeded) {
  EXPECT_EQ(complaint_of(complete(), "rubbish"), "(accepted)");
  ProxyFlags only_app;
  only_app["app"] = {"app:5000"};
  EXPECT_EQ(options_of(only_app, "65535").listen[0].port, 65535);
  ProxyFlags only_listen;
  only_listen["listen"] = {":8080"};
  EXPECT_EQ(options_of(only_listen, "5000").relay.app.port, 5001);
}

TEST(ProxyFlags, BadPorts) {
  const std::string range = ": a port from 1 to 65535 is expected";
  const auto missing = [](const std::string& flag) {
    return flag + " is missing and PORT is not set: " + flag +
           " ADDR, or a port from 1 to 65535 in the environment's PORT, is expected";
  };
  EXPECT_EQ(complaint_of({}), missing("--listen") + "\n" + missing("--app"));
  ProxyFlags only_listen;
  only_listen["listen"] = {":8080"};
  EXPECT_EQ(complaint_of(only_listen, ""),
            "--app is missing and PORT is not set: --app ADDR, or a port from 1 to 65535 in the "
            "environment's PORT, "
            "is expected");
  EXPECT_EQ(complaint_of({}, "http"), "PORT 'http'" + range);
  EXPECT_EQ(complaint_of({}, "0"), "PORT '0'" + range);
  EXPECT_EQ(complaint_of({}, "65536"), "PORT '65536'" + range);
  EXPECT_EQ(
      complaint_of({}, "65535"),
      "PORT '65535': has no PORT+1 for the application; a PORT up to 65534, or --app ADDR, is expected");
}

struct Row {
  std::string flag;
  std::string value;
  std::string expected;
};

TEST(ProxyFlags, BadValues) {
  const std::string duration = "a duration such as 250ms, 30s, 1.5s or 2m is expected";
  for (const Row& row : {
           Row{"workers", "0", "--workers '0': 1 to 256 or auto is expected"},
           Row{"workers", "257", "--workers '257': 1 to 256 or auto is expected"},
           Row{"workers", "many", "--workers 'many': 1 to 256 or auto is expected"},
           Row{"workers", "-1", "--workers '-1': 1 to 256 or auto is expected"},
           Row{"max-sessions", "0", "--max-sessions '0': 1 to 1000000 or auto is expected"},
           Row{"shadow-memory", "1023KiB", "--shadow-memory '1023KiB': 1MiB to 64GiB is expected"},
           Row{"shadow-memory", "65GiB", "--shadow-memory '65GiB': 1MiB to 64GiB is expected"},
           Row{"shadow-memory", "lots",
               "--shadow-memory 'lots': a size such as 65536, 64KiB, 64MiB or 1GiB is expected"},
           Row{"shadow-connections", "0", "--shadow-connections '0': 1 to 65536 is expected"},
           Row{"shadow-connections", "65537", "--shadow-connections '65537': 1 to 65536 is expected"},
           Row{"shadow-timeout", "0", "--shadow-timeout '0': 1ms to 1h is expected"},
           Row{"shadow-timeout", "61m", "--shadow-timeout '61m': 1ms to 1h is expected"},
           Row{"shadow-timeout", "30", "--shadow-timeout '30': " + duration},
           Row{"shadow-connect-timeout", "x", "--shadow-connect-timeout 'x': " + duration},
           Row{"shadow-pipeline", "65", "--shadow-pipeline '65': 1 to 64 or auto is expected"},
           Row{"shadow-pipeline", "0", "--shadow-pipeline '0': 1 to 64 or auto is expected"},
           Row{"drain-delay", "2h", "--drain-delay '2h': 0s to 1h is expected"},
           Row{"drain-timeout", "", "--drain-timeout '': " + duration},
           Row{"admin", "9100",
               "--admin '9100': HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH is expected; or off"},
           Row{"admin", ":8080",
               "--admin ':8080': umbra itself listens there (:8080); another address is expected"},
           Row{"access-log", "", "--access-log '': a file, - or off is expected"},
           Row{"log-level", "loud", "--log-level 'loud': debug, info, warn, error or off is expected"},
           Row{"log-level", "two\nlines",
               "--log-level 'two\\u000alines': debug, info, warn, error or off is expected"},
       }) {
    ProxyFlags flags = complete();
    flags[row.flag] = {row.value};
    EXPECT_EQ(complaint_of(flags), row.expected);
  }
  ProxyFlags flags = complete();
  flags["log-format"] = {"xml"};
  EXPECT_EQ(complaint_of(flags), "--log-format 'xml': text, logfmt or json is expected");
}

TEST(ProxyFlags, Listeners) {
  ProxyFlags flags = complete();
  flags["listen"] = {":8080", "example.com:80"};
  EXPECT_EQ(complaint_of(flags),
            "--listen 'example.com:80': an IP address, localhost or nothing before the port is expected");
  flags["listen"] = {":8080", ":8080"};
  EXPECT_EQ(complaint_of(flags), "--listen ':8080': is given twice; an address is expected once");
  flags["listen"] = {"unix:/a", "unix:/a"};
  EXPECT_EQ(complaint_of(flags), "--listen 'unix:/a': is given twice; an address is expected once");
}

TEST(ProxyFlags, Loops) {
  const auto expected = [](const std::string& flag) {
    return flag + ": umbra itself listens there (:8080); another address is expected";
  };
  ProxyFlags flags = complete();
  flags["app"] = {"localhost:8080"};
  EXPECT_EQ(complaint_of(flags), expected("--app 'localhost:8080'"));
  flags = complete();
  flags["shadow"] = {"http://app:5000", "me=http://127.0.0.1:8080"};
  EXPECT_EQ(complaint_of(flags), expected("--shadow 'me=http://127.0.0.1:8080'"));
  flags["shadow"] = {"http://other:8080"};
  EXPECT_EQ(complaint_of(flags), "(accepted)") << "another machine may use the same port";
  ProxyFlags above;  // the application's default port is taken by a listener
  above["listen"] = {":5001"};
  EXPECT_EQ(complaint_of(above, "5000"),
            "--app '127.0.0.1:5001': umbra itself listens there (:5001); another address is expected");
}

TEST(ProxyFlags, ShadowsAreGivenOnce) {
  ProxyFlags flags = complete();
  flags["shadow"] = {"http://a:1", "http://A:1/"};
  EXPECT_EQ(complaint_of(flags),
            "--shadow 'http://A:1/': the name 'a:1' is given twice; a name of its own is expected, such as "
            "other=http://A:1/");
  flags["shadow"] = {"x=http://a:1", "x=http://b:1"};
  EXPECT_EQ(complaint_of(flags),
            "--shadow 'x=http://b:1': the name 'x' is given twice; a name of its own is expected, such as "
            "other=http://b:1");
  flags["shadow"] = {"x=http://a:1", "y=http://a:1"};
  EXPECT_EQ(complaint_of(flags), "(accepted)") << "two names ask for two copies";
}

TEST(ProxyFlags, ShadowsAreBounded) {
  ProxyFlags flags = complete();
  for (size_t i = 0; i < mirror::kShadowsMax; ++i) flags["shadow"].push_back("http://s" + std::to_string(i));
  EXPECT_EQ(options_of(flags).mirror.shadows.size(), 64U);
  flags["shadow"].push_back("http://one-more");
  EXPECT_EQ(complaint_of(flags), "--shadow is given 65 times: at most 64 shadows are expected");
}

}  // namespace
}  // namespace umbra::config
