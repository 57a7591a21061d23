#include "umbra/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace umbra {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 11> kSizes{{{"", 1},
                                       {"b", 1},
                                       {"k", 1024},
                                       {"kib", 1024},
                                       {"kb", 1e3},
                                       {"m", 1024.0 * 1024},
                                       {"mib", 1024.0 * 1024},
                                       {"mb", 1e6},
                                       {"g", 1024.0 * 1024 * 1024},
                                       {"gib", 1024.0 * 1024 * 1024},
                                       {"gb", 1e9}}};

constexpr std::array<Unit, 5> kTimes{{{"ms", 1e6}, {"us", 1e3}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};

template <size_t N>
Result<uint64_t> parse_with_units(std::string_view text, const std::array<Unit, N>& units,
                                  std::string_view expected) {
  const Error bad{Errc::bad_config, std::string(expected)};
  const size_t digits = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, digits);
  const std::string_view unit = digits == text.npos ? "" : text.substr(digits);
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failed != std::errc() || end != number.data() + number.size()) return bad;
  for (const Unit& known : units) {
    if (!equals_ignoring_case(unit, known.name)) continue;
    const double scaled = std::round(value * known.factor);
    if (scaled > 9.0e18) return bad;
    return static_cast<uint64_t>(scaled);
  }
  return bad;
}

constexpr char kHex[] = "0123456789abcdef";

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t length = byte(0) < 0x80 ? 1 : 0;
  if (byte(0) >= 0xc2 && byte(0) <= 0xdf) length = 2;
  if (byte(0) >= 0xe0 && byte(0) <= 0xef) length = 3;
  if (byte(0) >= 0xf0 && byte(0) <= 0xf4) length = 4;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies past U+10FFFF (RFC 3629, section 4).
  if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;
  if (byte(0) == 0xed && byte(1) > 0x9f) return 0;
  if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Result<uint64_t> parse_unsigned(std::string_view text) {
  uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || text.empty()) {
    return Error{Errc::bad_config, "a whole number"};
  }
  return value;
}

Result<uint64_t> parse_size(std::string_view text) {
  return parse_with_units(text, kSizes, "a size such as 65536, 64KiB, 64MiB or 1GiB");
}

Result<Nanos> parse_duration(std::string_view text) {
  if (text == "0") return Nanos{0};
  return parse_with_units(text, kTimes, "a duration such as 250ms, 30s, 1.5s or 2m");
}

std::string format_size(uint64_t bytes) {
  constexpr std::array<std::pair<uint64_t, std::string_view>, 3> units{
      {{uint64_t{1} << 30, "GiB"}, {uint64_t{1} << 20, "MiB"}, {uint64_t{1} << 10, "KiB"}}};
  for (const auto& [factor, name] : units) {
    if (bytes >= factor && bytes % factor == 0) return fmt::format("{}{}", bytes / factor, name);
  }
  return fmt::format("{}", bytes);
}

std::string format_duration(Nanos time) {
  if (time == 0) return "0s";
  if (time % kSecond == 0) return fmt::format("{}s", time / kSecond);
  if (time % kMillisecond == 0) return fmt::format("{}ms", time / kMillisecond);
  return fmt::format("{}us", time / kMicrosecond);
}

void append_escaped(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else if (const size_t length = byte >= 0x80 ? utf8_length(text.substr(i)) : 0; length > 0) {
      out += text.substr(i, length);
      i += length - 1;
    } else {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  size_t least = std::min<size_t>(3, word.size() / 2 + 1);  // worse than this is another word
  for (const std::string_view candidate : known) {
    const bool begins = word.size() >= 3 && candidate.starts_with(word);
    const size_t distance = begins ? 1 : edit_distance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

}  // namespace umbra
