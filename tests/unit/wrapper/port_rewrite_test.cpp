#include "wrapper/port_rewrite.h"

#include <gtest/gtest.h>

namespace umbra::wrapper {
namespace {

std::string rewritten(std::string_view argument, Variables variables = Variables::replaced) {
  return rewrite_port(argument, 5000, 5001, variables).text;
}

TEST(PortRewrite, IsReplacedWhereverAnArgumentCarriesIt) {
  struct Row {
    const char* argument;
    const char* expected;
    const char* why;
  };
  for (const Row& row : {
           Row{"5000", "5001", "-p 5000"},
           Row{"-p5000", "-p5001", "a short option with its value"},
           Row{"--port=5000", "--port=5001", "a long one"},
           Row{"--bind=:5000", "--bind=:5001", "a port without a host"},
           Row{"tcp://0.0.0.0:5000", "tcp://0.0.0.0:5001", "puma's way"},
           Row{"0.0.0.0:5000", "0.0.0.0:5001", "gunicorn's way"},
           Row{"[::]:5000", "[::]:5001", "IPv6"},
           Row{"tcp://:::5000", "tcp://:::5001", "IPv6 without brackets, as Node writes it"},
           Row{"http://localhost:5000/health?x=1", "http://localhost:5001/health?x=1", "a path behind"},
           Row{"ssl://0.0.0.0:5000?key=k", "ssl://0.0.0.0:5001?key=k", "a query behind"},
           Row{"server.port=5000,admin=5000", "server.port=5001,admin=5001", "twice"},
           Row{"exec app -p 5000 -b :5000", "exec app -p 5001 -b :5001", "a command in one argument"},
           Row{"cd x && app -p5000", "cd x && app -p5001", "a short option in the middle of one"},
           Row{"app '5000' \"5000\"", "app '5001' \"5001\"", "in quotes"},
           Row{"(app 5000)", "(app 5001)", "in brackets"},
           Row{"listens on 5000.", "listens on 5001.", "at the end of a sentence"},
           Row{"5000/tcp", "5001/tcp", "a protocol behind"},
           Row{"5000:80", "5001:80", "a pair"},
           Row{"$PORT", "5001", "nobody has expanded it"},
           Row{"${PORT}", "5001", "nor this"},
           Row{"${PORT:-3000}", "5001", "with a default that does not hold"},
           Row{"${PORT-3000}", "5001", "written in another way"},
           Row{"--port=$PORT", "--port=5001", "behind an equals sign"},
           Row{"tcp://0.0.0.0:$PORT/", "tcp://0.0.0.0:5001/", "in a URL"},
           Row{"-p$PORT", "-p5001", "behind a short option"},
       }) {
    EXPECT_EQ(rewritten(row.argument), row.expected) << row.why;
  }
}

TEST(PortRewrite, IsNeverReplacedInsideAnotherNumberOrWord) {
  struct Row {
    const char* argument;
    const char* why;
  };
  for (const Row& row : {
           Row{"", "nothing"},
           Row{"15000", "a longer number"},
           Row{"50001", "a longer number"},
           Row{"-p15000", "a longer number of a short option"},
           Row{"5000.5", "a decimal"},
           Row{"0.5000", "a decimal's part"},
           Row{"1.5000.2", "a version"},
           Row{"-5000", "a negative number"},
           Row{"--offset=-5000", "a negative number"},
           Row{"+5000", "a signed number"},
           Row{"0x5000", "hexadecimal"},
           Row{"5000ms", "a duration"},
           Row{"5000%", "a share"},
           Row{"5000_000", "a long number with separators"},
           Row{"4000-5000", "a range's end"},
           Row{"5000-6000", "a range's beginning"},
           Row{"abc5000", "a name"},
           Row{"release-5000", "a name"},
           Row{"--p5000", "no short option"},
           Row{"-ab5000", "no short option"},
           Row{"/data/5000/x", "a path"},
           Row{"file.5000", "a file name"},
           Row{"5000.log", "a file name"},
           Row{"[fe80::5000]", "a group of an IPv6 address"},
           Row{"[2001:db8:5000:1::2]", "a group of an IPv6 address"},
           Row{"fe80::5000", "the same without brackets"},
           Row{"2001:db8:5000::1", "in the middle of one"},
           Row{"2001:db8:1:2:3:4:5:5000", "at its end"},
           Row{"${PORT:-${OTHER}}", "a default that only a shell knows"},
           Row{"${PORT:-${OTHER:-3000}}", "another one"},
           Row{"${PORT:+-p}", "no default"},
           Row{"$PORTAL", "another variable"},
           Row{"${PORTAL}", "another variable"},
           Row{"${PORT", "no end"},
           Row{"\\$PORT", "quoted for a shell"},
           Row{"$$PORT", "quoted for make"},
           Row{"$PORT_2", "another variable"},
       }) {
    EXPECT_EQ(rewritten(row.argument), row.argument) << row.why;
    EXPECT_TRUE(rewrite_port(row.argument, 5000, 5001, Variables::replaced).replaced.empty()) << row.why;
  }
}

TEST(PortRewrite, AVariableIsLeftToAShellThatComes) {
  EXPECT_EQ(rewritten("app -p $PORT -q 5000", Variables::left), "app -p $PORT -q 5001");
}

TEST(PortRewrite, SaysWhatWasReplacedAndNoSecrets) {
  struct Row {
    const char* argument;
    std::vector<std::string> replaced;
  };
  for (const Row& row : std::vector<Row>{
           {"-p5000", {"-p5000"}},
           {"--port=5000", {"--port=5000"}},
           {"app -p 5000 tcp://0.0.0.0:5000", {"5000", ":5000"}},
           {"postgres://u:secret@db.example:5000/x", {":5000"}},
           {"--hook=https://h/?token=secret,port=5000", {"5000"}},
           {"--auth=admin:secret:5000", {":5000"}},
           {"--a-very-long-option-before-it=5000", {"5000"}},
           {"${PORT:-80}", {"${PORT:-80}"}},
       }) {
    const auto result = rewrite_port(row.argument, 5000, 5001, Variables::replaced);
    EXPECT_EQ(result.replaced, row.replaced) << row.argument;
  }
}

}  // namespace
}  // namespace umbra::wrapper
