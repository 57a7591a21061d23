// Runs one request through the rules of a shadow that options of gor made.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "umbra/config/gor_options.h"
#include "umbra/http/head.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/program.h"

namespace umbra::config {

inline std::optional<std::string> no_variable(const std::string&) { return std::nullopt; }

// With --output-http http://stg.com, unless there is one in the text.
inline GorOptions gor_options_of(const std::string& text) {
  const bool has_output = text.find("--output-http ") != text.npos;
  return parse_gor_options((has_output ? "" : "--output-http http://stg.com ") + text, no_variable);
}

inline std::string problems_of(const GorOptions& options) {
  std::string text;
  for (const GorProblem& problem : options.problems) text += text_of(problem, "gor.options") + "\n";
  return text;
}

class GorRun {
 public:
  explicit GorRun(const mirror::ShadowOptions& shadow) : shadow_(shadow) {
    auto program = rules::Program::compile(shadow.rules);
    EXPECT_TRUE(program) << program.error().detail;
    if (!program) return;
    program_ = *program;
    state_ = program_->state(1, 0);
  }

  rules::Outcome run(const std::string& request, uint64_t draw = 0, Nanos now = 0) {
    request_ = request;
    Opaque reason = Opaque::none;
    if (head_.parse(http::Side::request, request_, reason) != http::Head::Verdict::complete) {
      ADD_FAILURE() << "no sound head: " << request;
      return rules::Outcome::rule_error;
    }
    draft_.begin(head_);
    return program_->run(draft_, rules::Exchange{"192.0.2.1", draw, now}, *state_).outcome;
  }

  const rules::Draft& draft() const { return draft_; }

  // As the copy says it.
  std::string host() const {
    switch (shadow_.rules.host.mode) {
      case rules::Host::Mode::target:
        return shadow_.authority;
      case rules::Host::Mode::preserve:
        return std::string(draft_.host());
      case rules::Host::Mode::name:
        break;
    }
    return shadow_.rules.host.name;
  }
  std::string head() const {
    std::string text = std::string(draft_.method()) + " " + std::string(draft_.target()) + " HTTP/1.1\r\n";
    draft_.each_field([&](std::string_view name, std::string_view value) {
      text.append(name).append(": ").append(value).append("\r\n");
      return true;
    });
    return text + "\r\n";
  }

 private:
  const mirror::ShadowOptions& shadow_;
  std::shared_ptr<const rules::Program> program_;
  rules::ProgramStatePtr state_;
  std::string request_;
  http::Head head_;
  rules::Draft draft_;
};

}  // namespace umbra::config
