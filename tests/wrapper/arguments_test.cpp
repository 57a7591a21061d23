// What the application is told: its arguments as they stand, with the port replaced in them, and PORT.
#include <gtest/gtest.h>

#include <algorithm>

#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

using Texts = std::vector<std::string>;

std::string filled_in(std::string text, const std::string& mark, const std::string& value) {
  for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size()) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

// {P}: PORT.  {A}: the application's port.
Texts with_ports(const Texts& texts, uint16_t port) {
  Texts all;
  for (const std::string& text : texts) {
    all.push_back(filled_in(filled_in(text, "{P}", std::to_string(port)), "{A}", std::to_string(port + 1)));
  }
  return all;
}

struct Row {
  const char* name;
  Texts flags;
  Texts arguments;
  Texts arrived;
};

const Row kRows[] = {
    {"WhateverAShellWouldTouch",
     {},
     {"two words", "it's \"quoted\"", "a; echo INJECTED", "*", "$(x)", "", "new\nline", "`y`", "\\", "--"},
     {"two words", "it's \"quoted\"", "a; echo INJECTED", "*", "$(x)", "", "new\nline", "`y`", "\\", "--"}},
    {"ThePortButNotInsideAnotherNumber", {}, {"-p", "{P}", "--x", "1{P}"}, {"-p", "{A}", "--x", "1{P}"}},
    {"TheSameInTheOtherOrder", {}, {"--x", "1{P}", "-p", "{P}"}, {"--x", "1{P}", "-p", "{A}"}},
    {"EveryFormOfIt",
     {},
     {"-p{P}", "--port={P}", "tcp://0.0.0.0:{P}", "{P}"},
     {"-p{A}", "--port={A}", "tcp://0.0.0.0:{A}", "{A}"}},
    {"TheVariableThatNoShellExpands",
     {},
     {"$PORT", "--port=${PORT}", "${PORT:-3000}"},
     {"{A}", "--port={A}", "{A}"}},
    {"NothingIfTheyAreToBeKept", {"--keep-arguments"}, {"-p", "{P}", "$PORT"}, {"-p", "{P}", "$PORT"}},
};

class Arguments : public ::testing::TestWithParam<Row> {};

TEST_P(Arguments, Arrive) {
  Plan plan;
  plan.flags = GetParam().flags;
  plan.arguments = with_ports(GetParam().arguments, plan.port);
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.reports("ready"));
  EXPECT_EQ(wrapper.texts("argument"), with_ports(GetParam().arrived, plan.port));
  const Texts variables = wrapper.texts("variable");
  EXPECT_EQ(std::count(variables.begin(), variables.end(), "PORT=" + std::to_string(plan.port + 1)), 1);
}

INSTANTIATE_TEST_SUITE_P(All, Arguments, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(ArgumentsOfAShell, AreWhatItMakesOfThem) {
  Plan plan;
  plan.flags = {"--shell"};
  const std::string app = UMBRA_WRAPPER_APP;
  plan.command = {app + " 'two  words' \"$PORT\" " + std::to_string(plan.port) + " '$PORT' a\\;b"};
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.reports("ready"));
  const std::string port = std::to_string(plan.port + 1);
  EXPECT_EQ(wrapper.texts("argument"), (Texts{"two  words", port, port, "$PORT", "a;b"}));
}

TEST(ArgumentsInTheLog, AreThoseThatWereChanged) {
  Plan plan;
  const std::string port = std::to_string(plan.port);
  plan.arguments = {"--port=" + port, "postgres://u:secret@h:" + port + "/db", "untouched"};
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.reports("ready"));
  EXPECT_EQ(wrapper.texts("argument")[1], "postgres://u:secret@h:" + std::to_string(plan.port + 1) + "/db");
  EXPECT_EQ(wrapper.count({"msg=\"port replaced in an argument\""}), 2u);
  EXPECT_EQ(wrapper.count({"was=\"--port=" + port + "\""}), 1u) << "logfmt quotes what holds a =";
  EXPECT_EQ(wrapper.count({"was=:" + port}), 1u);
  EXPECT_EQ(wrapper.count({"secret"}), 0u);
}

TEST(Environment, IsTheUsersButForThePort) {
  Plan plan;
  plan.variables = {{"SOME_TEXT", "with = and  blanks"}, {"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}};
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.reports("ready"));
  const Texts variables = wrapper.texts("variable");
  const auto has = [&](const std::string& name) {
    return std::any_of(variables.begin(), variables.end(),
                       [&](const std::string& entry) { return entry.starts_with(name); });
  };
  EXPECT_TRUE(has("SOME_TEXT=with = and  blanks"));
  EXPECT_FALSE(has("LISTEN_")) << "descriptors that it does not get";
}

}  // namespace
}  // namespace umbra::wrapper_test
