// GorSetting: one option as it was given, with the value that belongs to it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/config/gor_flags.h"
#include "umbra/config/gor_problem.h"
#include "umbra/config/gor_words.h"

namespace umbra::config {

struct GorSetting {
  const GorFlag* flag = nullptr;  // never null
  std::string value;              // of its flag's type, where the flag is applied
  unsigned line = 1;
  unsigned column = 1;
};

// As Go's flag package reads them (-x is --x, --x=v is --x v), except that `--flag true` works and that
// nothing ends the reading early.
std::vector<GorSetting> parse_gor_words(std::span<const GorWord> words, GorProblems& problems);

// Whether people keep secrets in a header, cookie or parameter of that name.
bool may_be_secret(std::string_view name);

// A problem of that setting; its value is shown without what may be a secret.
GorProblem problem_at(const GorSetting& setting, GorProblem::Severity severity, std::string text);

}  // namespace umbra::config
