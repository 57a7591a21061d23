#include "umbra/app/command_line.h"

#include <gtest/gtest.h>

#include <sstream>

#include "umbra/app/check_command.h"

namespace umbra::app {
namespace {

using Arguments = std::vector<std::string>;

std::string complaint_of(const Arguments& arguments) {
  const auto parsed = parse_proxy_arguments(arguments);
  return parsed ? "(accepted)" : parsed.error().detail;
}

TEST(CommandLine, ReadsEveryFlag) {
  const auto parsed = parse_proxy_arguments({"--listen",
                                             ":80",
                                             "--listen=unix:/a,b",
                                             "--app",
                                             "a:1",
                                             "--max-sessions",
                                             "9",
                                             "--workers",
                                             "2",
                                             "--shadow",
                                             "x=http://x",
                                             "--shadow",
                                             "http://y",
                                             "--shadow-memory",
                                             "1MiB",
                                             "--shadow-connections",
                                             "3",
                                             "--shadow-timeout",
                                             "4s",
                                             "--shadow-connect-timeout",
                                             "5s",
                                             "--shadow-pipeline",
                                             "6",
                                             "--drain-delay",
                                             "7s",
                                             "--drain-timeout",
                                             "8s",
                                             "--admin",
                                             ":9",
                                             "--ready-needs-app",
                                             "--access-log",
                                             "-",
                                             "--log-level",
                                             "warn",
                                             "--log-format=json",
                                             "--config",
                                             "a.yaml",
                                             "--gor-options",
                                             "g",
                                             "--admin-token-file",
                                             "t",
                                             "--tls-cert",
                                             "c",
                                             "--tls-key",
                                             "k",
                                             "--forwarded",
                                             "append",
                                             "--request-id",
                                             "X-Id",
                                             "--proxy-protocol",
                                             "v1",
                                             "--app-proxy-protocol",
                                             "v2"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const auto& flags = parsed->flags.given;
  EXPECT_EQ(flags.at("listen"), (Arguments{":80", "unix:/a,b"})) << "a comma does not split";
  EXPECT_EQ(flags.at("app"), Arguments{"a:1"});
  EXPECT_EQ(flags.at("max-sessions"), Arguments{"9"});
  EXPECT_EQ(flags.at("workers"), Arguments{"2"});
  EXPECT_EQ(flags.at("shadow"), (Arguments{"x=http://x", "http://y"}));
  EXPECT_EQ(flags.at("shadow-memory"), Arguments{"1MiB"});
  EXPECT_EQ(flags.at("shadow-connections"), Arguments{"3"});
  EXPECT_EQ(flags.at("shadow-timeout"), Arguments{"4s"});
  EXPECT_EQ(flags.at("shadow-connect-timeout"), Arguments{"5s"});
  EXPECT_EQ(flags.at("shadow-pipeline"), Arguments{"6"});
  EXPECT_EQ(flags.at("drain-delay"), Arguments{"7s"});
  EXPECT_EQ(flags.at("drain-timeout"), Arguments{"8s"});
  EXPECT_EQ(flags.at("admin"), Arguments{":9"});
  EXPECT_EQ(flags.at("ready-needs-app"), Arguments{"true"});
  EXPECT_EQ(flags.at("access-log"), Arguments{"-"});
  EXPECT_EQ(flags.at("log-level"), Arguments{"warn"});
  EXPECT_EQ(flags.at("log-format"), Arguments{"json"});
  EXPECT_EQ(flags.at("config"), Arguments{"a.yaml"});
  EXPECT_EQ(flags.at("gor-options"), Arguments{"g"});
  EXPECT_EQ(flags.at("admin-token-file"), Arguments{"t"});
  EXPECT_EQ(flags.at("tls-cert"), Arguments{"c"});
  EXPECT_EQ(flags.at("tls-key"), Arguments{"k"});
  EXPECT_EQ(flags.at("forwarded"), Arguments{"append"});
  EXPECT_EQ(flags.at("request-id"), Arguments{"X-Id"});
  EXPECT_EQ(flags.at("proxy-protocol"), Arguments{"v1"});
  EXPECT_EQ(flags.at("app-proxy-protocol"), Arguments{"v2"});
  EXPECT_EQ(flags.size(), 26U) << "as many as there are";
}

TEST(CommandLine, LeavesDefaultsAlone) {
  const auto parsed = parse_proxy_arguments({});
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->flags.given.empty());
  EXPECT_FALSE(parsed->help || parsed->version);
}

TEST(CommandLine, EmptyValuesAndSwitchesArrive) {
  const auto parsed = parse_proxy_arguments({"--access-log", "", "--ready-needs-app=false"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->flags.given.at("access-log"), Arguments{""});
  EXPECT_EQ(parsed->flags.given.at("ready-needs-app"), Arguments{"false"});
}

TEST(CommandLine, HelpAndVersion) {
  EXPECT_TRUE(parse_proxy_arguments({"--help"})->help);
  EXPECT_TRUE(parse_proxy_arguments({"-h"})->help);
  EXPECT_TRUE(parse_proxy_arguments({"--version"})->version);
}

TEST(CommandLine, Complaints) {
  struct Row {
    Arguments arguments;
    std::string expected;
    const char* why;
  };
  for (const Row& row : {
           Row{{"--shaddow", "http://x"}, "unknown flag '--shaddow': --shadow is expected", "a slip"},
           Row{{"--lisen=:80"}, "unknown flag '--lisen': --listen is expected", "a slip before a value"},
           Row{{"--shadow-mem", "1"},
               "unknown flag '--shadow-mem': --shadow-memory is expected",
               "a beginning"},
           Row{{"-listen", ":80"}, "unknown flag '-listen': --listen is expected", "a dash too few"},
           Row{{"-p"}, "unknown flag '-p': one that umbra proxy --help lists is expected", "no short flags"},
           Row{{"--upstream", "x"},
               "unknown flag '--upstream': one that umbra proxy --help lists is expected",
               "another program's"},
           Row{{"--app", "a:1", "extra"}, "'extra': no argument without a flag is expected", "a stray word"},
           Row{{"--app"}, "--app: a value is expected behind it", "no value"},
           Row{{"--app", "a:1", "--app", "b:1"}, "--app is given 2 times: once is expected", "which one?"},
           Row{{"--ready-needs-app=perhaps"}, "--ready-needs-app=perhaps: no value is expected", "a switch"},
       }) {
    EXPECT_EQ(complaint_of(row.arguments), row.expected) << row.why;
  }
}

TEST(CommandLine, HelpFitsATerminalAndExplainsEveryFlag) {
  std::istringstream lines(proxy_help() + check_help() + general_help());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  const std::string help = proxy_help();
  for (const char* expected :
       {"\nConfiguration\n", "\nAddresses\n", "\nShadows\n", "\nLive edits\n", "\nDraining\n",
        "UMBRA_SHADOW_MEMORY", "\nObserving\n", "\nLogging\n", "--listen ADDR", "--app ADDR",
        "--shadow [NAME=]URL", "--workers N|auto  (default 1)", "--shadow-memory SIZE  (default 64MiB)",
        "--admin ADDR|off  (default off)", "127.0.0.1:PORT", "e.g. --drain-delay 5s"}) {
    EXPECT_NE(help.find(expected), std::string::npos) << expected;
  }
}

}  // namespace
}  // namespace umbra::app
