#include "umbra/config/gor_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace umbra::config {

std::string text_of(const GorProblem& problem, std::string_view file) {
  std::string subject = problem.option;
  if (!problem.value.empty()) subject += fmt::format("{}'{}'", subject.empty() ? "" : " ", problem.value);
  return fmt::format("{}:{}:{}: {}{}{}", file, problem.line, problem.column, subject,
                     subject.empty() ? "" : ": ", problem.text);
}

void GorProblems::add(GorProblem problem) {
  has_error_ = has_error_ || problem.severity == GorProblem::Severity::error;
  if (problems_.size() >= kMax) return;
  if (problems_.size() + 1 == kMax) {
    problem = {GorProblem::Severity::error,
               problem.line,
               problem.column,
               "",
               "",
               "there are too many problems to list; the text is not used"};
    has_error_ = true;
  }
  problems_.push_back(std::move(problem));
}

std::vector<GorProblem> GorProblems::take() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const GorProblem& a, const GorProblem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(problems_);
}

}  // namespace umbra::config
