// Headers set, added, removed and rewritten, byte for byte.
#include "umbra/rules/header_edits.h"

#include <gtest/gtest.h>

#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

const std::string kStart = "GET / HTTP/1.1\r\nHost: www.w3.org\r\n";
const std::string kTwo = kStart + "X-a:1\r\nB: b\r\nx-A: 2\r\nx-A: 3\r\n\r\n";

struct Row {
  const char* why;
  Step step;
  std::string head;
  std::string edited;
};

void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(RulesRun({row.step}).edited(row.head), row.edited) << row.why;
}

TEST(HeaderEdits, Set) {
  check_rows({
      {"all lines, in the place of the first", SetHeader{.name = "X-A", .value = "9"}, kTwo,
       kStart + "X-a: 9\r\nB: b\r\n\r\n"},
      {"the first only", SetHeader{.name = "X-A", .value = "9", .first_line_only = true}, kTwo,
       kStart + "X-a: 9\r\nB: b\r\nx-A: 2\r\nx-A: 3\r\n\r\n"},
      {"equal already, others go", SetHeader{.name = "X-A", .value = "1"}, kTwo,
       kStart + "X-a:1\r\nB: b\r\n\r\n"},
      {"a new one at the end", SetHeader{.name = "New", .value = "v: w"}, kStart + "B: b\r\n\r\n",
       kStart + "B: b\r\nNew: v: w\r\n\r\n"},
      {"a new one in front", SetHeader{.name = "New", .value = "", .add_in_front = true}, kStart + "\r\n",
       "GET / HTTP/1.1\r\nNew: \r\nHost: www.w3.org\r\n\r\n"},
      {"Host", SetHeader{.name = "host", .value = "q.com"}, kStart + "\r\n",
       "GET / HTTP/1.1\r\nHost: q.com\r\n\r\n"},
  });
}

TEST(HeaderEdits, AddAndRemove) {
  check_rows({
      {"beside those there are", AddHeader{"x-a", "4"}, kTwo,
       kStart + "X-a:1\r\nB: b\r\nx-A: 2\r\nx-A: 3\r\nx-a: 4\r\n\r\n"},
      {"all lines", RemoveHeader{"X-A"}, kTwo, kStart + "B: b\r\n\r\n"},
      {"none there", RemoveHeader{"X"}, kTwo, kTwo},
  });
}

TEST(HeaderEdits, Rewrite) {
  check_rows({
      {"every line, every match", RewriteHeader{"x-a", "[0-9]", "<$0$0>", false}, kTwo,
       kStart + "X-a: <11>\r\nB: b\r\nx-A: <22>\r\nx-A: <33>\r\n\r\n"},
      {"the first line", RewriteHeader{"X-A", "[0-9]", "z", true}, kTwo,
       kStart + "X-a: z\r\nB: b\r\nx-A: 2\r\nx-A: 3\r\n\r\n"},
      {"which does not match", RewriteHeader{"X-A", "2", "z", true}, kTwo, kTwo},
      {"no match", RewriteHeader{"X-A", "z", "y", false}, kTwo, kTwo},
      {"not there", RewriteHeader{"None", "", "y", false}, kTwo, kTwo},
      {"to nothing", RewriteHeader{"B", "b", "", false}, kTwo,
       kStart + "X-a:1\r\nB: \r\nx-A: 2\r\nx-A: 3\r\n\r\n"},
      {"what must not stand there", RewriteHeader{"B", "b", "b\r\nC: 1", false}, kTwo, "rule_error"},
      {"without end", RewriteHeader{"B", "", std::string(200'000, 'x'), false}, kTwo, "rule_error"},
      {"with too much effort", RewriteHeader{"B", "a.*b|a", "x", false},
       kStart + "B: " + std::string(50'000, 'a') + "\r\n\r\n", "rule_error"},
  });
}

TEST(HeaderEdits, WhatConfigurationCanBeTold) {
  struct ErrorRow {
    Step step;
    const char* detail;
  };
  for (const ErrorRow& row : {
           ErrorRow{SetHeader{.name = "", .value = "1"}, "header '': the name of a header is expected"},
           ErrorRow{SetHeader{.name = "A b", .value = "1"}, "header 'A b': the name of a header is expected"},
           ErrorRow{SetHeader{.name = "A", .value = "1\r\n"}, "header 'A': its value has a control byte"},
           ErrorRow{AddHeader{"A", "\n"}, "header 'A': its value has a control byte"},
           ErrorRow{
               SetHeader{.name = "content-length", .value = "1"},
               "header 'content-length': it belongs to the connection or frames the message, and is umbra's "
               "to write"},
           ErrorRow{
               AddHeader{"TE", "x"},
               "header 'TE': it belongs to the connection or frames the message, and is umbra's to write"},
           ErrorRow{RemoveHeader{"Upgrade"},
                    "header 'Upgrade': it belongs to the connection or frames the message, and is umbra's to "
                    "write"},
           ErrorRow{AddHeader{"host", "x"}, "header 'host': a request has one; set it"},
           ErrorRow{RemoveHeader{"Host"}, "header 'Host': a request must have it; set it"},
           ErrorRow{RewriteHeader{"X-A", "(", "", false}, "header 'X-A', pattern '(': missing )"},
           ErrorRow{RewriteHeader{"X-A", "a", "$1", false},
                    "header 'X-A', replacement '$1': the pattern has 0 groups"},
           ErrorRow{
               RewriteHeader{"Connection", "a", "b", false},
               "header 'Connection': it belongs to the connection or frames the message, and is umbra's to "
               "write"},
       }) {
    Options options;
    options.steps = {row.step};
    const auto program = Program::compile(options);
    ASSERT_FALSE(program) << row.detail;
    EXPECT_EQ(program.error().code, Errc::bad_config);
    EXPECT_EQ(program.error().detail, row.detail);
  }
}

}  // namespace
}  // namespace umbra::rules
