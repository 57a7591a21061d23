#include "umbra/rules/replacement.h"

#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/text.h"
#include "umbra/rules/pattern.h"

namespace umbra::rules {
namespace {

bool is_word_byte(char c) noexcept {
  return c == '_' || (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

// The name behind a `$`, and the size of all of it; 0: this dollar sign stands for itself.
struct Reference {
  std::string_view name;
  size_t size = 0;
};
Reference read_reference(std::string_view text) noexcept {
  const bool braced = text.starts_with('{');
  const std::string_view from = text.substr(braced ? 1 : 0);
  const auto end = std::find_if_not(from.begin(), from.end(), is_word_byte);
  const std::string_view name = from.substr(0, static_cast<size_t>(end - from.begin()));
  if (name.empty()) return {};
  if (!braced) return {name, name.size()};
  return from.substr(name.size()).starts_with('}') ? Reference{name, name.size() + 2} : Reference{};
}

// As in Go: with a leading zero it is a name like any other.
bool is_number(std::string_view name) noexcept {
  if (name.size() > 1 && name.front() == '0') return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void Replacement::add_text(std::string_view text) {
  if (parts_.empty() || parts_.back().group) parts_.emplace_back();
  parts_.back().text.append(text);
}

void Replacement::add_group(size_t group) {
  parts_.emplace_back().group = group;
  groups_ = std::max(groups_, group + 1);
}

Result<Replacement> Replacement::compile(std::string_view text, const Pattern& pattern) {
  Replacement replacement;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t dollar = rest.find('$');
    if (dollar != 0) replacement.add_text(rest.substr(0, dollar));
    if (dollar == rest.npos) break;
    rest.remove_prefix(dollar + 1);
    if (rest.starts_with('$')) {
      replacement.add_text("$");
      rest.remove_prefix(1);
      continue;
    }
    const Reference reference = read_reference(rest);
    rest.remove_prefix(reference.size);
    if (reference.size == 0) {
      replacement.add_text("$");
    } else if (is_number(reference.name)) {
      const auto number = parse_unsigned(reference.name);
      if (!number || *number > pattern.groups()) {
        return Error{Errc::bad_config, fmt::format("replacement '{}': the pattern has {} group{}", text,
                                                   pattern.groups(), pattern.groups() == 1 ? "" : "s")};
      }
      replacement.add_group(static_cast<size_t>(*number));
    } else if (const auto group = pattern.group_named(reference.name)) {
      replacement.add_group(*group);
    }
  }
  return replacement;
}

}  // namespace umbra::rules
