#include "umbra/config/gor_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "umbra/base/text.h"

namespace umbra::config {
namespace {

Error bad(std::string_view expected) {
  return Error{Errc::bad_config, std::string(expected) + " is expected"};
}

constexpr std::string_view kDuration = "a duration such as 500ms, 30s or 1m30s";
constexpr std::string_view kSize = "a size such as 1024, 256kb or 5mb";
constexpr std::string_view kPercent = "a percentage such as 10% or 2.5%";

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = ascii_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

unsigned take_base(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char letter = ascii_lower(text[1]);
  const unsigned base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  text.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

uint64_t times_plus(uint64_t value, unsigned base, unsigned digit) {
  constexpr uint64_t most = std::numeric_limits<int64_t>::max();
  return value > (most - digit) / base ? most : value * base + digit;
}

std::optional<uint64_t> parse_digits(std::string_view text) {
  bool after_digit = text.size() >= 2 && text[0] == '0';  // a base's prefix counts as one
  const unsigned base = take_base(text);
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c == '_') {
      if (!std::exchange(after_digit, false)) return std::nullopt;
      continue;
    }
    const auto digit = digit_of(c);
    if (!digit || *digit >= base) return std::nullopt;
    value = times_plus(value, base, *digit);
    after_digit = true;
  }
  if (!after_digit) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  double nanos;
};
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1e3},
                                      {"\xc2\xb5s", 1e3},
                                      {"\xce\xbcs", 1e3},
                                      {"ms", 1e6},
                                      {"s", 1e9},
                                      {"m", 60e9},
                                      {"h", 3600e9}}};

// One number and its unit, taken off the front of `text`.
std::optional<double> take_span(std::string_view& text) {
  constexpr std::string_view digits = "0123456789.";
  const std::string_view number = text.substr(0, text.find_first_not_of(digits));
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failed != std::errc() || end != number.data() + number.size()) return std::nullopt;
  text.remove_prefix(number.size());
  const std::string_view name = text.substr(0, text.find_first_of(digits));
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
  if (unit == kUnits.end()) return std::nullopt;
  text.remove_prefix(name.size());
  return value * unit->nanos;
}

std::optional<int64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) value = times_plus(value, 10, static_cast<unsigned>(c - '0'));
  return static_cast<int64_t>(value);
}

Result<rules::BasisPoints> parse_hundredths(std::string_view whole, std::string_view fraction) {
  const auto number = parse_decimal(whole);
  const auto digits = parse_decimal(fraction);
  if (!number || !digits) return bad(kPercent);
  if (fraction.size() > 2) return bad("a percentage with at most two digits behind the point, such as 2.5%,");
  if (*number >= 100) return rules::kAll;
  const int64_t hundredths = fraction.size() == 1 ? *digits * 10 : *digits;
  return static_cast<rules::BasisPoints>(*number * 100 + hundredths);
}

}  // namespace

std::optional<bool> parse_go_bool(std::string_view text) noexcept {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::optional<int64_t> parse_go_integer(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_digits(text);
  if (!value) return std::nullopt;
  return negative ? -static_cast<int64_t>(*value) : static_cast<int64_t>(*value);
}

Result<Nanos> parse_gor_duration(std::string_view text) {
  if (text == "0") return Nanos{0};
  if (text.empty()) return bad(kDuration);
  double total = 0;
  while (!text.empty()) {
    const auto span = take_span(text);
    if (!span || (total += *span) > 9.0e18) return bad(kDuration);
  }
  return static_cast<Nanos>(total);
}

Result<uint64_t> parse_gor_size(std::string_view text) {
  constexpr std::string_view suffixes = "kmgt";
  uint64_t factor = 1;
  if (text.size() > 2 && ascii_lower(text.back()) == 'b') {
    const size_t power = suffixes.find(ascii_lower(text[text.size() - 2]));
    if (power != suffixes.npos) {
      factor = uint64_t{1} << (10 * (power + 1));
      text.remove_suffix(2);
    }
  }
  const auto number = parse_go_integer(text);
  if (!number || *number < 0) return bad(kSize);
  const auto count = static_cast<uint64_t>(*number);
  if (count > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / factor) return bad(kSize);
  return count * factor;
}

Result<rules::BasisPoints> parse_gor_percent(std::string_view text, Radix radix) {
  text = trim_blanks(text);
  const size_t point = text.find('.');
  if (point != text.npos) return parse_hundredths(text.substr(0, point), text.substr(point + 1));
  const auto number = radix == Radix::go ? parse_go_integer(text) : parse_decimal(text);
  if (!number || *number < 0) return bad(kPercent);
  return *number >= 100 ? rules::kAll : static_cast<rules::BasisPoints>(*number) * 100;
}

}  // namespace umbra::config
