// Small text helpers: ASCII case, percent-encoding, and the sizes and durations that people write on command
// lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/base/result.h"

namespace umbra {

constexpr char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// `lower` must be lower case already.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (ascii_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

// Either in any case.
constexpr bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}
std::string lower_case(std::string_view text);

// -1: it is none.
constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
// RFC 3986, section 2.1; none: a '%' has no two hex digits behind it.
std::optional<std::string> percent_decoded(std::string_view text);

std::string_view trim_blanks(std::string_view text) noexcept;

// 1*DIGIT that fits; no sign, no blanks.
Result<uint64_t> parse_unsigned(std::string_view text);
// "65536", "64KiB", "64MiB", "1GiB", "64MB", "1k": binary for KiB.., decimal for kB...
Result<uint64_t> parse_size(std::string_view text);
// "250ms", "30s", "1.5s", "2m", "1h", "0"; nanoseconds.
Result<Nanos> parse_duration(std::string_view text);

std::string format_size(uint64_t bytes);
std::string format_duration(Nanos time);

// The length of the well-formed UTF-8 sequence (RFC 3629) at the start of `text`, or 0.
size_t utf8_length(std::string_view text) noexcept;

// `text` as the inside of a JSON or logfmt string: quotes, backslashes and control bytes escaped,
// bytes that are not UTF-8 as \u00XX, so that a line is always valid.
void append_escaped(std::string& out, std::string_view text);

// The one of `known` that `word` is likely to mean: it differs by a slip or two, or begins so.
// Empty: none.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace umbra
