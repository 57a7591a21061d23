#include "umbra/config/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "umbra/base/text.h"

namespace umbra::config {

std::string Place::text() const {
  switch (source) {
    case Source::preset:
      return name.empty() ? "default" : name;
    case Source::file:
      return line == 0 ? name : fmt::format("{}:{}:{}", name, line, column);
    case Source::variable:
      return name;
    case Source::flag:
      return "flag " + name;
  }
  return name;
}

std::string Problem::text() const {
  std::string out;
  if (place.source == Place::Source::file) {
    out = place.text();
    if (!key.empty()) out += ": " + key;
    if (!value.empty()) out += ": " + value;
  } else {
    out = place.name;
    if (!value.empty()) out += " " + value;
  }
  return out.empty() ? expected : fmt::format("{}: {}", out, expected);
}

void sort_problems(Problems& problems) {
  const auto weight = [](const Problem& problem) {
    return std::tuple(-static_cast<int>(problem.place.source), problem.place.line, problem.place.column);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return weight(a) < weight(b); });
}

std::string text_of(const Problems& problems) {
  std::string out;
  for (const Problem& problem : problems) out += (out.empty() ? "" : "\n") + problem.text();
  return out;
}

std::string quoted(std::string_view value) {
  constexpr size_t kShown = 200;
  std::string out = "'";
  append_escaped(out, value.substr(0, kShown));
  return out + (value.size() > kShown ? "...'" : "'");
}

}  // namespace umbra::config
