#include "umbra/rules/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace umbra::rules {
namespace {

constexpr size_t kConditionsMax = std::numeric_limits<uint16_t>::max();

Result<std::vector<CompiledCondition>> compile_list(std::string_view list,
                                                    const std::vector<Condition>& conditions) {
  if (conditions.size() > kConditionsMax) {
    return Error{Errc::bad_config, fmt::format("{}: {} conditions are the most", list, kConditionsMax)};
  }
  std::vector<CompiledCondition> compiled;
  for (const Condition& condition : conditions) {
    auto one = CompiledCondition::compile(condition);
    if (!one) {
      return Error{Errc::bad_config, fmt::format("{}[{}]: {}", list, compiled.size(), one.error().detail)};
    }
    compiled.push_back(std::move(*one));
  }
  return compiled;
}

}  // namespace

Result<ChooseStep> ChooseStep::compile(const Choose& choose) {
  auto allow = compile_list("allow", choose.allow);
  if (!allow) return allow.error();
  auto deny = compile_list("deny", choose.deny);
  if (!deny) return deny.error();
  ChooseStep step;
  step.allow_ = std::move(*allow);
  step.deny_ = std::move(*deny);
  return step;
}

ChooseStep::Choice ChooseStep::decide(const Draft& draft, const Exchange& exchange,
                                      std::string& scratch) const noexcept {
  const auto matches = [&](const CompiledCondition& condition) {
    return condition.matches(draft, exchange, scratch);
  };
  const auto denied = std::find_if(deny_.begin(), deny_.end(), matches);
  if (denied != deny_.end()) return {false, static_cast<uint16_t>(denied - deny_.begin() + 1)};
  return {allow_.empty() || std::any_of(allow_.begin(), allow_.end(), matches), 0};
}

}  // namespace umbra::rules
