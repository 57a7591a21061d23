#include "umbra/config/values.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "umbra/base/text.h"
#include "umbra/config/shadow_flag.h"
#include "umbra/net/address.h"
#include "umbra/rules/field.h"
#include "umbra/rules/json_paths.h"
#include "umbra/rules/pattern.h"

namespace umbra::config {
namespace {

Error bad(std::string detail) { return Error{Errc::bad_config, std::move(detail)}; }
Error expected(std::string_view what) { return bad(fmt::format("{} is expected", what)); }

constexpr std::string_view kPercent = "a percentage from 0% to 100%, such as 2.5%, is expected";

bool is_visible(char c) { return c > ' ' && c < 0x7f; }
bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_field_content(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

// tchar, RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || kMarks.find(c) != kMarks.npos;
  });
}

// Those that rules::Draft lets nobody write: they frame the message or are the connection's.
constexpr std::array<std::string_view, 9> kFraming{
    "content-length", "transfer-encoding", "connection", "keep-alive",      "te",
    "upgrade",        "trailer",           "expect",     "proxy-connection"};

Result<void> check_edited_name(std::string_view text) {
  if (!is_token(text)) return expected("a header's name");
  const bool frames = std::any_of(kFraming.begin(), kFraming.end(),
                                  [&](std::string_view name) { return equals_ignoring_case(text, name); });
  if (frames) return bad("a header that does not frame the message is expected");
  return {};
}

// A field for an id must be one that says nothing yet: neither of the connection, nor of the message's end or
// its server, nor of umbra.
Result<void> check_id_name(std::string_view text) {
  if (!is_token(text)) return expected("a name of letters, digits, '-' or '_'");
  const bool taken = rules::frames_message(text) || equals_ignoring_case(text, "host") ||
                     equals_ignoring_case(text.substr(0, 6), "proxy-") ||
                     equals_ignoring_case(text, "umbra-copy");
  if (!taken) return {};
  return bad("a header that means nothing else to servers and proxies is expected, such as X-Request-Id");
}

// They are compared as they are written: `get` would match nothing.
Result<void> check_method(std::string_view text) {
  const bool lower = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (is_token(text) && !lower) return {};
  return expected("a method in upper case, such as GET,");
}

bool is_network(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  std::array<unsigned char, 16> bytes;
  const bool v4 = inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
  if (!v4 && inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return false;
  if (address.find('\0') != address.npos) return false;
  if (slash == text.npos) return true;
  const auto bits = parse_unsigned(text.substr(slash + 1));
  return bits && *bits <= (v4 ? 32U : 128U);
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

Result<void> in_range(const Key& key, uint64_t value) {
  if (value >= key.low && value <= key.high) return {};
  return expected(key.expected);
}

template <typename T>
Result<void> check_quantity(const Key& key, const Result<T>& parsed) {
  if (!parsed) return expected(parsed.error().detail);
  return in_range(key, *parsed);
}

Result<void> check_choice(const Key& key, std::string_view text) {
  const auto words = words_of(key);
  const std::string_view meant = nearest(text, words);
  return bad(fmt::format("{} is expected{}", expectation(key),
                         meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant)));
}

template <typename T>
Result<void> drop_value(const Result<T>& parsed) {
  if (!parsed) return parsed.error();
  return {};
}

Result<void> check_address(const Key& key, std::string_view text) {
  const auto address =
      key.type == Type::listen ? net::Address::parse_listen(text) : net::Address::parse_target(text);
  if (address) return {};
  return bad(address.error().detail + (is_word(key, "off") ? "; or off" : ""));
}

Result<void> check_text(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_field_content)) return {};
  return expected("a text without control bytes");
}

Result<void> check_filled(const Key& key, std::string_view text) {
  if (text.empty()) return expected(key.expected);
  return check_text(text);
}

Result<void> check_pattern(std::string_view text) {
  const auto compiled = rules::Pattern::compile(text);
  if (compiled) return {};
  // Behind the pattern, which the problem shows as it was written.
  const std::string& detail = compiled.error().detail;
  const size_t cause = detail.rfind("': ");
  return bad(fmt::format("a regular expression (RE2) is expected: {}",
                         cause == detail.npos ? detail : detail.substr(cause + 3)));
}

Result<void> check_json_path(const Key& key, std::string_view text) {
  if (rules::JsonPaths::compile({std::string(text)})) return {};
  return expected(key.expected);
}

Result<void> check_prefix(std::string_view text) {
  const bool good = text.starts_with('/') && text.find_first_of("?#") == text.npos &&
                    std::all_of(text.begin(), text.end(), is_visible);
  return good ? Result<void>() : expected("a path such as /v2");
}

Result<void> check_query_part(const Key& key, std::string_view text) {
  const bool value = key.shape == Shape::named;
  const std::string_view forbidden = value ? "&#" : "&#=";
  const bool good = (value || !text.empty()) && text.find_first_of(forbidden) == text.npos &&
                    std::all_of(text.begin(), text.end(), is_visible);
  return good ? Result<void>() : expected(value ? "a value as it stands in a URL" : "a parameter's name");
}

Result<void> must(bool good, std::string_view what) {
  if (good) return {};
  return expected(what);
}

}  // namespace

Result<rules::BasisPoints> parse_percent(std::string_view text) {
  std::string_view number = trim_blanks(text);
  if (!number.ends_with('%')) {
    const bool bare = !number.empty() && parse_percent(fmt::format("{}%", number));
    return bad(fmt::format("{}{}", kPercent, bare ? fmt::format(" (did you mean {}%?)", number) : ""));
  }
  number = trim_blanks(number.substr(0, number.size() - 1));
  const size_t dot = number.find('.');
  const std::string_view fraction = dot == number.npos ? "" : number.substr(dot + 1);
  const auto whole = parse_unsigned(number.substr(0, dot));
  const auto part = parse_unsigned(fraction.empty() ? "0" : fraction);
  if (!whole || !part || *whole > 100 || (dot != number.npos && fraction.empty()))
    return bad(std::string(kPercent));
  if (fraction.size() > 2) return bad("a percentage in steps of 0.01% is expected");
  const uint64_t points = *whole * 100 + *part * (fraction.size() == 1 ? 10 : 1);
  if (points > rules::kAll) return bad(std::string(kPercent));
  return static_cast<rules::BasisPoints>(points);
}

Result<double> parse_rate(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 3> kUnits{{{"s", 1}, {"m", 60}, {"h", 3600}}};
  const size_t slash = text.find('/');
  double number = 0;
  const std::string_view digits = text.substr(0, slash);
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  const bool whole = failed == std::errc() && end == digits.data() + digits.size();
  if (slash != text.npos && whole && number > 0 && number <= 1e6) {
    for (const auto& [unit, seconds] : kUnits) {
      if (text.substr(slash + 1) == unit) return number / seconds;
    }
  }
  return bad("a rate such as 100/s, 600/m or 50/h is expected");
}

Result<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return bad("true or false is expected");
}

bool is_word(const Key& key, std::string_view text) {
  const auto words = words_of(key);
  return std::find(words.begin(), words.end(), text) != words.end();
}

Result<void> check_value(const Key& key, std::string_view text) {
  if (is_word(key, text)) return {};
  switch (key.type) {
    case Type::text:
    case Type::replacement:
      return check_text(text);
    case Type::filled:
      return check_filled(key, text);
    case Type::json_path:
      return check_json_path(key, text);
    case Type::boolean:
      return drop_value(parse_boolean(text));
    case Type::number:
      if (const auto number = parse_unsigned(text)) return in_range(key, *number);
      return expected(key.expected);
    case Type::size:
      return check_quantity(key, parse_size(text));
    case Type::duration:
      return check_quantity(key, parse_duration(text));
    case Type::percent:
      return drop_value(parse_percent(text));
    case Type::rate:
      return drop_value(parse_rate(text));
    case Type::choice:
      return check_choice(key, text);
    case Type::listen:
    case Type::target:
      return check_address(key, text);
    case Type::url:
      return drop_value(parse_shadow_url(text));
    case Type::file:
      return must(!text.empty() && text.find('\0') == text.npos, "a file's name");
    case Type::name:
      return must(is_shadow_name(text), "a name of 1 to 64 letters, digits, '.', '_', ':' or '-'");
    case Type::field_name:
      return must(is_token(text), "a name of letters, digits, '-' or '_'");
    case Type::edited_name:
      return check_edited_name(text);
    case Type::id_name:
      return check_id_name(text);
    case Type::method:
      return check_method(text);
    case Type::host:
      return must(is_host(text), "a host's name, with its port if it has one");
    case Type::network:
      return must(is_network(text), "an address or a block such as 10.0.0.0/8");
    case Type::pattern:
      return check_pattern(text);
    case Type::prefix:
      return check_prefix(text);
    case Type::query_part:
      return check_query_part(key, text);
  }
  return {};
}

}  // namespace umbra::config
