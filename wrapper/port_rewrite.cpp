#include "wrapper/port_rewrite.h"

#include <algorithm>

#include "umbra/base/text.h"

namespace umbra::wrapper {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'z';
}
bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

// The `-p` of `-p5000`, at the beginning of a word.
bool ends_with_short_option(std::string_view before) {
  const size_t size = before.size();
  if (size < 2 || !is_letter(before[size - 1]) || before[size - 2] != '-') return false;
  return size == 2 || is_blank(before[size - 3]) || is_quote(before[size - 3]);
}

bool is_of_ipv6(char c) {
  const char lower = ascii_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'f') || c == ':';
}

// An IPv6 address may have a group that reads like the port: between brackets, behind `::`, or with three
// colons around it.  `:::5000` is every address, as Node writes it, and the port.
bool is_in_ipv6(std::string_view before, std::string_view rest) {
  if (before.ends_with(":::")) return false;
  const size_t open = before.rfind('[');
  if (open != before.npos && before.find(']', open) == before.npos) return true;
  if (before.ends_with("::")) return true;
  const auto begin = std::find_if_not(before.rbegin(), before.rend(), is_of_ipv6).base();
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_of_ipv6);
  return std::count(begin, before.end(), ':') + std::count(rest.begin(), end, ':') >= 3;
}

bool may_stand_before(std::string_view before, std::string_view rest) {
  if (before.empty() || ends_with_short_option(before)) return true;
  const char last = before.back();
  if (is_blank(last) || is_quote(last)) return true;
  return std::string_view("=:,;({|&<>").find(last) != std::string_view::npos && !is_in_ipv6(before, rest);
}

bool may_stand_behind(std::string_view rest) {
  if (rest.empty()) return true;
  const char next = rest.front();
  const char after = rest.size() > 1 ? rest[1] : ' ';
  if (is_word(next) || next == '%') return false;
  if (next == '.') return is_blank(after) || is_quote(after);  // the end of a sentence
  return next != '-' || !is_digit(after);                      // a range
}

// How many bytes of `rest` are $PORT, ${PORT} or ${PORT:-3000}; 0: none.  What else a shell knows is left to
// one: it has PORT in its environment.
size_t variable_at(std::string_view before, std::string_view rest) {
  if (!before.empty() && (before.back() == '\\' || before.back() == '$')) return 0;
  constexpr std::string_view plain = "$PORT";
  constexpr std::string_view braced = "${PORT";
  if (rest.starts_with(plain)) {
    return rest.size() > plain.size() && is_word(rest[plain.size()]) ? 0 : plain.size();
  }
  if (!rest.starts_with(braced)) return 0;
  const size_t end = rest.find('}');
  if (end == rest.npos) return 0;
  std::string_view fallback = rest.substr(braced.size(), end - braced.size());
  if (fallback.empty()) return end + 1;
  if (fallback.starts_with(':')) fallback.remove_prefix(1);
  return fallback.starts_with('-') && fallback.find_first_of("${") == fallback.npos ? end + 1 : 0;
}

size_t number_at(std::string_view before, std::string_view rest, std::string_view number) {
  const bool whole = rest.starts_with(number) && may_stand_before(before, rest) &&
                     may_stand_behind(rest.substr(number.size()));
  return whole ? number.size() : 0;
}

// An option that stands before the number is shown, and a colon; what else is there may be a secret.
std::string context(std::string_view before, std::string_view what) {
  constexpr size_t kMost = 24;
  const size_t cut = before.find_last_of(" \t\n\"'");
  const std::string_view word = cut == before.npos ? before : before.substr(cut + 1);
  const std::string_view name = word.ends_with('=') ? word.substr(0, word.size() - 1) : word;
  const bool is_option = word.starts_with('-') && word.size() <= kMost &&
                         std::all_of(name.begin(), name.end(), [](char c) { return is_word(c) || c == '-'; });
  if (is_option) return std::string(word) + std::string(what);
  return (before.ends_with(':') ? ":" : "") + std::string(what);
}

}  // namespace

Rewritten rewrite_port(std::string_view argument, uint16_t from, uint16_t to, Variables variables) {
  const std::string number = std::to_string(from);
  Rewritten result;
  for (size_t at = 0; at < argument.size();) {
    const std::string_view before = argument.substr(0, at);
    const std::string_view rest = argument.substr(at);
    size_t size = number_at(before, rest, number);
    if (size == 0 && variables == Variables::replaced) size = variable_at(before, rest);
    if (size == 0) {
      result.text += argument[at++];
      continue;
    }
    result.text += std::to_string(to);
    result.replaced.push_back(context(before, rest.substr(0, size)));
    at += size;
  }
  return result;
}

}  // namespace umbra::wrapper
