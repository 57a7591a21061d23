#include "umbra/rules/describe.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace umbra::rules {
namespace {

std::string join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " or "));
}

std::string percent_text(BasisPoints percent) { return fmt::format("{:g} %", percent / 100.0); }

std::string in_words(const Condition& condition) {
  std::vector<std::string> parts;
  if (!condition.methods.empty()) parts.push_back("method " + join(condition.methods));
  for (const auto& [name, pattern] :
       std::array<std::pair<std::string_view, const std::optional<std::string>*>, 6>{
           {{"path", &condition.path},
            {"query", &condition.query},
            {"target", &condition.target},
            {"url", &condition.url},
            {"host", &condition.host},
            {"basic_auth", &condition.basic_auth}}}) {
    if (*pattern) parts.push_back(fmt::format("{} {}", name, **pattern));
  }
  for (const HeaderPart& header : condition.headers) {
    parts.push_back(fmt::format("header {}: {}", header.name, header.pattern));
  }
  if (!condition.clients.empty()) parts.push_back("client " + join(condition.clients));
  return parts.empty() ? "every request" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string in_words(Sample::By by, std::string_view name) {
  switch (by) {
    case Sample::By::draw:
      return "";
    case Sample::By::header:
      return fmt::format(" by header {}", name);
    case Sample::By::cookie:
      return fmt::format(" by cookie {}", name);
    case Sample::By::query:
      return fmt::format(" by query parameter {}", name);
    case Sample::By::client:
      break;
  }
  return " by client";
}

// Why a step that lets copies go on or ends them has ended one.
struct WhyEnded {
  const Verdict& verdict;

  std::string operator()(const Choose& choose) const {
    if (verdict.condition == 0) return "no condition of allow matched";
    const unsigned place = verdict.condition - 1u;
    return fmt::format("deny[{}] matched: {}", place, in_words(choose.deny[place]));
  }
  std::string operator()(const Sample& sample) const {
    const std::string ramp =
        sample.ramp > 0 ? fmt::format("{} to ", percent_text(sample.ramp_from)) : std::string();
    return fmt::format("outside the {}{} sample{}", ramp, percent_text(sample.percent),
                       in_words(sample.by, sample.name));
  }
  std::string operator()(const Rate& rate) const {
    return fmt::format("over the rate of {:g} per second", rate.per_second);
  }
  std::string operator()(const Turn& turn) const {
    return fmt::format("not this shadow's turn: {} of {}", turn.index + 1, turn.count);
  }
  template <typename Edit>
  std::string operator()(const Edit&) const {
    return "filtered";
  }
};

// What a step that edits would do.
struct WhatEdits {
  std::string operator()(const SetHeader& edit) const { return "setting header " + edit.name; }
  std::string operator()(const AddHeader& edit) const { return "adding header " + edit.name; }
  std::string operator()(const RemoveHeader& edit) const { return "removing header " + edit.name; }
  std::string operator()(const RewriteHeader& edit) const { return "rewriting header " + edit.name; }
  std::string operator()(const RewriteTarget&) const { return "rewriting the target"; }
  std::string operator()(const PrefixPath& edit) const { return "prefixing the path with " + edit.prefix; }
  std::string operator()(const SetQuery& edit) const { return "setting query parameter " + edit.name; }
  std::string operator()(const RemoveQuery& edit) const { return "removing query parameter " + edit.name; }
  std::string operator()(const MaskHead&) const { return "masking"; }
  std::string operator()(const Trace&) const { return "the trace context"; }
  template <typename Filter>
  std::string operator()(const Filter&) const {
    return "a filter";
  }
};

}  // namespace

std::string describe(const Options& options, const Verdict& verdict) {
  if (verdict.outcome == Outcome::copy) return "no rule holds it back";
  const Step& step = options.steps[verdict.step];
  if (verdict.outcome != Outcome::rule_error) return std::visit(WhyEnded{verdict}, step);
  return fmt::format("{} would have written what must not stand in a request, or too much of it",
                     std::visit(WhatEdits{}, step));
}

}  // namespace umbra::rules
