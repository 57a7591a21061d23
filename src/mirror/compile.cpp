#include "umbra/mirror/compile.h"

#include "umbra/rules/body_mask.h"
#include "umbra/rules/program.h"

namespace umbra::mirror {

Result<void> compile_rules(ShadowOptions& shadow) {
  shadow.program = nullptr;
  shadow.body_mask = nullptr;
  rules::Options rules = shadow.rules;
  if (!shadow.authorization.empty()) {
    rules.steps.emplace_back(rules::SetHeader{"Authorization", shadow.authorization, false, false});
  }
  if (!rules.steps.empty()) {
    auto program = rules::Program::compile(rules);
    if (!program) return program.error();
    shadow.program = std::move(*program);
  }
  if (!rules.body.mask.empty()) {
    auto mask = rules::BodyMask::compile(rules.body.mask);
    if (!mask) return mask.error();
    shadow.body_mask = std::move(*mask);
  }
  return {};
}

}  // namespace umbra::mirror
