#include "umbra/rules/query.h"

#include "umbra/base/text.h"

namespace umbra::rules {
namespace {

// The byte that `text` begins with, once decoded, and how many bytes stood for it.
char decoded_byte(std::string_view text, size_t& size) noexcept {
  size = 1;
  if (text[0] == '+') return ' ';
  if (text[0] != '%' || text.size() < 3) return text[0];
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  if (high < 0 || low < 0) return text[0];
  size = 3;
  return static_cast<char>(high * 16 + low);
}

bool decodes_to(std::string_view raw, std::string_view wanted) noexcept {
  for (; !raw.empty() && !wanted.empty(); wanted.remove_prefix(1)) {
    size_t size = 0;
    if (decoded_byte(raw, size) != wanted.front()) return false;
    raw.remove_prefix(size);
  }
  return raw.empty() && wanted.empty();
}

std::optional<std::string_view> value_behind(char mark, std::string_view target,
                                             std::string_view name) noexcept {
  for (size_t at = target.find(name); at != target.npos; at = target.find(name, at + 1)) {
    const std::string_view behind = target.substr(at + name.size());
    if (at == 0 || target[at - 1] != mark || !behind.starts_with('=')) continue;
    return behind.substr(1, behind.find('&') - 1);
  }
  return std::nullopt;
}

}  // namespace

TargetParts split_target(std::string_view target) noexcept {
  TargetParts parts;
  size_t path = 0;
  if (!target.starts_with('/')) {
    const size_t authority = target.find("://");
    // A query may hold "://" too.
    if (authority == target.npos || target.find_first_of("/?") < authority) {
      parts.front = target;
      return parts;
    }
    path = target.find_first_of("/?", authority + 3);
    if (path == target.npos) path = target.size();
  }
  parts.has_path = true;
  parts.front = target.substr(0, path);
  const std::string_view rest = target.substr(path);
  const size_t mark = rest.find('?');
  parts.path = rest.substr(0, mark);
  parts.has_query = mark != rest.npos;
  if (parts.has_query) parts.query = rest.substr(mark + 1);
  return parts;
}

bool Parameter::is_named(std::string_view wanted) const noexcept {
  return name == wanted || decodes_to(name, wanted);
}

std::optional<std::string_view> gor_parameter(std::string_view target, std::string_view name) noexcept {
  if (const auto value = value_behind('&', target, name)) return value;
  return value_behind('?', target, name);
}

}  // namespace umbra::rules
