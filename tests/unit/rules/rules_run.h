// A program and one worker's state of it, run on heads written as text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "umbra/rules/program.h"

namespace umbra::rules {

// A head as it stands in the draft.
inline std::string head_of(const Draft& draft) {
  std::string text = std::string(draft.method()) + " " + std::string(draft.target()) + " HTTP/1.1\r\n";
  if (draft.changed()) {
    for (const Draft::Field& field : draft.fields()) text += field.line;
  } else {
    for (const http::Field& field : draft.received().fields()) text += field.line;
  }
  return text + "\r\n";
}

inline std::string request(const std::string& target, const std::string& fields = "",
                           const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nHost: www.w3.org\r\n" + fields + "\r\n";
}

class RulesRun {
 public:
  explicit RulesRun(std::vector<Step> steps, unsigned workers = 1, uint64_t salt = 0) {
    Options options;
    options.steps = std::move(steps);
    auto compiled = Program::compile(options);
    EXPECT_TRUE(compiled) << (compiled ? "" : compiled.error().detail);
    if (!compiled) return;
    program_ = *compiled;
    state_ = program_->state(workers, 0, salt);
  }

  Verdict verdict(const std::string& head, const Exchange& exchange = {},
                  const BasisPoints* percent = nullptr) {
    bytes_ = head;
    Opaque reason = Opaque::none;
    EXPECT_EQ(head_.parse(http::Side::request, bytes_, reason), http::Head::Verdict::complete) << head;
    draft_.begin(head_);
    return program_->run(draft_, exchange, *state_, percent);
  }
  Outcome run(const std::string& head, const Exchange& exchange = {}, const BasisPoints* percent = nullptr) {
    return verdict(head, exchange, percent).outcome;
  }
  // What becomes of the head; the outcome's word where it is no copy.
  std::string edited(const std::string& head, const Exchange& exchange = {}) {
    switch (run(head, exchange)) {
      case Outcome::copy:
        return head_of(draft_);
      case Outcome::rule_error:
        return "rule_error";
      default:
        return "none";
    }
  }
  std::string target(const std::string& target) {
    return run(request(target)) == Outcome::copy ? std::string(draft_.target()) : "rule_error";
  }

  const Draft& draft() const { return draft_; }
  const Program& program() const { return *program_; }

 private:
  std::shared_ptr<const Program> program_;
  ProgramStatePtr state_;
  http::Head head_;
  Draft draft_;
  std::string bytes_;
};

}  // namespace umbra::rules
