#include "umbra/config/variables.h"

#include <fmt/format.h>

#include <algorithm>

namespace umbra::config {
namespace {

// One ${...}; `size` 0: the dollar at the front begins none.
struct Reference {
  std::string_view name;
  char kind = 0;  // '-', '?' or 0
  std::string_view argument;
  size_t size = 0;
};

bool is_name(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), allowed);
}

// What is longer is none, so that many that never end cost little.
constexpr size_t kReferenceMax = 1024;

Reference reference_at(std::string_view text) {
  if (!text.starts_with("${")) return {};
  const size_t end = text.substr(0, kReferenceMax).find('}');
  if (end == text.npos) return {};
  const std::string_view inside = text.substr(2, end - 2);
  const size_t colon = inside.find(':');
  Reference found{inside.substr(0, colon), 0, {}, end + 1};
  if (!is_name(found.name)) return {};
  if (colon == inside.npos) return found;
  const std::string_view behind = inside.substr(colon + 1);
  if (!behind.starts_with('-') && !behind.starts_with('?')) return {};
  found.kind = behind.front();
  found.argument = behind.substr(1);
  return found;
}

Error bad(std::string detail) { return Error{Errc::bad_config, std::move(detail)}; }

Result<std::string> value_of(const Reference& reference, const Variables& variables) {
  const std::string name(reference.name);
  const auto value = variables(name);
  if (reference.kind == 0) {
    if (!value)
      return bad(fmt::format("the variable {0} is not set; ${{{0}:-default}} would give it a default", name));
    return *value;
  }
  if (value && !value->empty()) return *value;
  if (reference.kind == '-') return std::string(reference.argument);
  return bad(fmt::format("the variable {} is not set{}{}", name, reference.argument.empty() ? "" : ": ",
                         reference.argument));
}

}  // namespace

Result<std::string> expand(std::string_view value, const Variables& variables, Dollars dollars) {
  std::string out;
  while (!value.empty()) {
    const size_t dollar = std::min(value.find('$'), value.size());
    out += value.substr(0, dollar);
    value.remove_prefix(dollar);
    if (value.empty()) break;
    if (value.starts_with("$$")) {
      out += dollars == Dollars::one ? "$" : "$$";
      value.remove_prefix(2);
    } else if (const Reference reference = reference_at(value); reference.size > 0) {
      const auto text = value_of(reference, variables);
      if (!text) return text.error();
      out += *text;
      value.remove_prefix(reference.size);
    } else {
      out += '$';
      value.remove_prefix(1);
    }
    if (out.size() > kExpandedMax) {
      return bad(fmt::format("a value of at most {} bytes, with its variables, is expected", kExpandedMax));
    }
  }
  return out;
}

bool has_variable(std::string_view value) {
  for (size_t at = value.find('$'); at < value.size(); at = value.find('$', at)) {
    if (value.substr(at).starts_with("$$")) {
      at += 2;
    } else if (reference_at(value.substr(at)).size > 0) {
      return true;
    } else {
      ++at;
    }
  }
  return false;
}

}  // namespace umbra::config
