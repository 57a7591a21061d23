// ChooseStep: a Choose (options.h) that can be asked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "umbra/rules/condition.h"

namespace umbra::rules {

class ChooseStep {
 public:
  // The error's detail begins with the list and the condition in it, from 0: "deny[1]: path, pattern ...".
  static Result<ChooseStep> compile(const Choose& choose);

  struct Choice {
    bool goes_on = true;
    uint16_t denied_by = 0;  // which condition of `deny`, from 1; 0 with !goes_on: none of `allow` matched
  };
  Choice decide(const Draft& draft, const Exchange& exchange, std::string& scratch) const noexcept;

 private:
  std::vector<CompiledCondition> allow_;
  std::vector<CompiledCondition> deny_;
};

}  // namespace umbra::rules
