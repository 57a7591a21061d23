// Where a setting comes from, and what is wrong with one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::config {

struct Place {
  // In the order of their weight: a later one overrides an earlier one.
  enum class Source : uint8_t { preset, file, variable, flag };
  Source source = Source::preset;
  std::string name;     // "umbra.yaml", "UMBRA_APP" or "--app"
  unsigned line = 0;    // from 1; files only
  unsigned column = 0;  // from 1; files only

  // "umbra.yaml:12:5", "UMBRA_APP", "flag --app" or "default".
  std::string text() const;
};

struct Problem {
  Place place;
  std::string key;       // its path in the file: shadows[0].percent; empty: the whole
  std::string value;     // in quotes and fit to be shown; empty: none is shown
  std::string expected;  // the rest of the sentence

  // One line: "umbra.yaml:12:5: shadows[0].percent: '250%': a percentage ... is expected", or
  // "--workers '0': ... is expected".
  std::string text() const;
};

using Problems = std::vector<Problem>;

// Nobody reads more, and a file can hold many.
inline constexpr size_t kProblemsMax = 200;

// Flags first, then variables, then the file by line and column.
void sort_problems(Problems& problems);
// All of them, a line each.
std::string text_of(const Problems& problems);

// In one line and in quotes, whatever it holds; cut when it is long.
std::string quoted(std::string_view value);

}  // namespace umbra::config
