// The words of a text of gor options, as the buildpack's shell would have cut them, without its traps.
//
// Quotes and backslashes are the shell's.  What was a trap is not one here: `#` begins a comment up to the
// end of its line, a backslash at a line's end is a blank, CR LF is LF, and | & ; ( ) < > are plain
// characters, so that an unquoted |10% belongs to its word.  $NAME and ${NAME} are taken from the
// environment, in double quotes and outside; $1 and ${1} stay as they are, for templates.  Nothing is ever
// run.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/config/gor_problem.h"

namespace umbra::config {

// A variable of the environment.
using Variable = std::function<std::optional<std::string>(const std::string& name)>;

struct GorWord {
  std::string text;
  unsigned line = 1;
  unsigned column = 1;
};

// Of the text, and of all that variables add to it.
inline constexpr size_t kGorTextMax = 1024 * 1024;

std::vector<GorWord> split_gor_words(std::string_view text, const Variable& variable, GorProblems& problems);

}  // namespace umbra::config
