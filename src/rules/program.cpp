#include "umbra/rules/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "umbra/base/check.h"
#include "umbra/rules/choose.h"
#include "umbra/rules/describe.h"
#include "umbra/rules/effort.h"
#include "umbra/rules/header_edits.h"
#include "umbra/rules/mask_head.h"
#include "umbra/rules/program_state.h"
#include "umbra/rules/sample.h"
#include "umbra/rules/target_edits.h"
#include "umbra/rules/trace.h"

namespace umbra::rules {
namespace {

// Their memory is in the worker's ProgramState, at `slot`.
struct RateStep {
  size_t slot = 0;
};
struct TurnStep {
  Turn turn;
  size_t slot = 0;
};

using CompiledStep =
    std::variant<ChooseStep, SampleStep, RateStep, TurnStep, SetHeader, AddHeader, RemoveHeader,
                 HeaderRewrite, TargetRewrite, PrefixPath, SetQuery, RemoveQuery, HeadMask, Trace>;

// Makes the options' steps run.
struct Compiler {
  std::vector<Rate> rates;
  size_t turns = 0;

  template <typename Compiled, typename Given>
  static Result<CompiledStep> made(const Given& given) {
    auto compiled = Compiled::compile(given);
    if (!compiled) return compiled.error();
    return CompiledStep(std::move(*compiled));
  }
  Result<CompiledStep> operator()(const Choose& step) { return made<ChooseStep>(step); }
  Result<CompiledStep> operator()(const Sample& step) { return made<SampleStep>(step); }
  Result<CompiledStep> operator()(const RewriteHeader& step) { return made<HeaderRewrite>(step); }
  Result<CompiledStep> operator()(const RewriteTarget& step) { return made<TargetRewrite>(step); }
  Result<CompiledStep> operator()(const MaskHead& step) { return made<HeadMask>(step); }
  Result<CompiledStep> operator()(const Trace& step) { return CompiledStep(step); }
  Result<CompiledStep> operator()(const Rate& step) {
    if (auto sound = Bucket::check(step); !sound) return sound.error();
    rates.push_back(step);
    return CompiledStep(RateStep{rates.size() - 1});
  }
  Result<CompiledStep> operator()(const Turn& step) {
    if (step.index >= step.count) {
      return Error{Errc::bad_config, fmt::format("turn {} of {}: there is no such", step.index, step.count)};
    }
    return CompiledStep(TurnStep{step, turns++});
  }
  template <typename Edit>
  Result<CompiledStep> operator()(const Edit& edit) {
    if (auto sound = check(edit); !sound) return sound.error();
    return CompiledStep(edit);
  }
};

// Runs one step; what an edit cannot do spoils the draft.
struct Runner {
  Draft& draft;
  const Exchange& exchange;
  ProgramState& state;
  const BasisPoints* percent;
  Effort& effort;

  Verdict operator()(const ChooseStep& step) const {
    const ChooseStep::Choice choice = step.decide(draft, exchange, state.scratch);
    return {choice.goes_on ? Outcome::copy : Outcome::filtered, 0, choice.denied_by};
  }
  Verdict operator()(const SampleStep& step) const {
    return {step.keeps(draft, exchange, state.began, percent) ? Outcome::copy : Outcome::sampled_out, 0, 0};
  }
  Verdict operator()(const RateStep& step) const {
    return {state.buckets[step.slot].admits(exchange.now) ? Outcome::copy : Outcome::rate_limited, 0, 0};
  }
  Verdict operator()(const TurnStep& step) const {
    const bool own = state.turns[step.slot]++ % step.turn.count == step.turn.index;
    return {own ? Outcome::copy : Outcome::sampled_out, 0, 0};
  }
  Verdict operator()(const Trace& step) const {
    TraceIds ids(exchange.draw, state.salt, state.ids);
    apply(step, draft, ids);
    return {};
  }
  template <typename Edit>
  Verdict operator()(const Edit& edit) const {
    if constexpr (requires { edit.apply(draft, effort); }) {
      edit.apply(draft, effort);
    } else {
      apply(edit, draft);
    }
    return {};
  }
};

}  // namespace

struct Program::Compiled {
  Options options;
  std::vector<CompiledStep> steps;
  std::vector<Rate> rates;
  size_t turns = 0;
};

void ProgramStateDeleter::operator()(ProgramState* state) const noexcept {
  std::default_delete<ProgramState>()(state);
}

Program::Program(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Program::~Program() = default;

Result<std::shared_ptr<const Program>> Program::compile(const Options& options) {
  constexpr size_t kStepsMax = std::numeric_limits<uint16_t>::max();
  if (options.steps.size() >= kStepsMax) return Error{Errc::bad_config, "too many rules"};
  auto compiled = std::make_unique<Compiled>();
  compiled->options = options;
  Compiler compiler;
  for (const Step& step : options.steps) {
    auto made = std::visit(compiler, step);
    if (!made) return made.error();
    compiled->steps.push_back(std::move(*made));
  }
  compiled->rates = std::move(compiler.rates);
  compiled->turns = compiler.turns;
  return std::shared_ptr<const Program>(new Program(std::move(compiled)));
}

bool Program::looks_at_client() const noexcept {
  const auto has_clients = [](const Condition& condition) { return !condition.clients.empty(); };
  return std::any_of(compiled_->options.steps.begin(), compiled_->options.steps.end(), [&](const Step& step) {
    if (const auto* sample = std::get_if<Sample>(&step)) return sample->by == Sample::By::client;
    const auto* choose = std::get_if<Choose>(&step);
    return choose != nullptr && (std::any_of(choose->allow.begin(), choose->allow.end(), has_clients) ||
                                 std::any_of(choose->deny.begin(), choose->deny.end(), has_clients));
  });
}

ProgramStatePtr Program::state(unsigned workers, Nanos now, uint64_t salt) const {
  UMBRA_CHECK(workers > 0);
  ProgramStatePtr state(new ProgramState(now, salt));
  for (const Rate& rate : compiled_->rates) state->buckets.emplace_back(rate, workers, now);
  state->turns.resize(compiled_->turns);
  return state;
}

Verdict Program::run(Draft& draft, const Exchange& exchange, ProgramState& state,
                     const BasisPoints* percent) const noexcept {
  Effort effort;
  const Runner runner{draft, exchange, state, percent, effort};
  for (size_t i = 0; i < compiled_->steps.size(); ++i) {
    Verdict verdict = std::visit(runner, compiled_->steps[i]);
    if (effort.spent()) draft.spoil();
    if (draft.spoiled()) verdict.outcome = Outcome::rule_error;
    verdict.step = static_cast<uint16_t>(i);
    if (verdict.outcome != Outcome::copy) return verdict;
  }
  return {Outcome::copy, static_cast<uint16_t>(compiled_->steps.size()), 0};
}

std::string Program::describe(const Verdict& verdict) const {
  return rules::describe(compiled_->options, verdict);
}

}  // namespace umbra::rules
