#include "umbra/config/gor_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/gor_values.h"

namespace umbra::config {
namespace {

using Severity = GorProblem::Severity;

Error bad(std::string_view detail) { return Error{Errc::bad_config, std::string(detail)}; }

constexpr std::string_view kExpected = "a URL such as https://host, or host:port, is expected";
constexpr std::string_view kLimit = "a limit such as |10% or |10 (copies per second) is expected";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : alphabet[group >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

std::optional<unsigned> hex_digit(char c) {
  const size_t digit = std::string_view("0123456789abcdef").find(ascii_lower(c));
  if (digit == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(digit);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return decoded;
}

Result<std::string> authorization_of(std::string_view user_info) {
  auto plain = percent_decoded(user_info);
  if (!plain) return bad("two hexadecimal digits behind each % of user and password are expected");
  if (plain->find(':') == plain->npos) *plain += ':';
  return "Basic " + base64(*plain);
}

Result<net::Address> address_of(std::string_view place, uint16_t default_port) {
  const std::string given = lower_case(place);
  if (given.empty() || given.starts_with("unix:")) return bad(kExpected);
  // A colon that belongs to an IPv6 address is no port's.
  const size_t colon = given.find(':', given.starts_with('[') ? given.find(']') : 0);
  return net::Address::parse_target(colon == given.npos ? fmt::format("{}:{}", given, default_port) : given);
}

// The parts of a URL, as they stand there.
struct Parts {
  bool tls = false;
  std::string_view user_info;
  bool has_user = false;
  std::string_view place;
  std::string_view path;
};

Result<Parts> parts_of(std::string_view url) {
  Parts parts;
  const size_t scheme_end = url.find("://");
  if (scheme_end != url.npos) {
    const std::string scheme = lower_case(url.substr(0, scheme_end));
    if (scheme != "http" && scheme != "https") return bad(kExpected);
    parts.tls = scheme == "https";
    url.remove_prefix(scheme_end + 3);
  }
  const size_t authority_end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, authority_end);
  const std::string_view rest = url.substr(authority_end);
  const size_t at = authority.rfind('@');
  parts.has_user = at != authority.npos;
  parts.user_info = parts.has_user ? authority.substr(0, at) : "";
  parts.place = parts.has_user ? authority.substr(at + 1) : authority;
  if (rest.find_first_of("?#") != rest.npos) {
    return bad("a URL without query is expected (--http-set-param sets parameters)");
  }
  parts.path = rest.substr(0, rest.find_last_not_of('/') + 1);
  return parts;
}

bool is_path(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<GorOutput> read_url(std::string_view url) {
  const auto parts = parts_of(url);
  if (!parts) return parts.error();
  if (!is_path(parts->path)) return bad("a path of printable ASCII is expected; other bytes as %XX");
  const uint16_t default_port = parts->tls ? 443 : 80;
  auto address = address_of(parts->place, default_port);
  if (!address) return address.error();
  GorOutput output;
  mirror::ShadowOptions& shadow = output.shadow;
  if (parts->has_user) {
    auto authorization = authorization_of(parts->user_info);
    if (!authorization) return authorization.error();
    shadow.authorization = std::move(*authorization);
  }
  shadow.address = std::move(*address);
  shadow.name = shadow.address.text();
  shadow.authority = shadow.name;
  if (shadow.address.port == default_port) shadow.authority.resize(shadow.authority.rfind(':'));
  shadow.url = fmt::format("{}://{}{}", parts->tls ? "https" : "http", shadow.authority, parts->path);
  if (parts->tls) {
    shadow.tls.emplace();
    shadow.tls->server_name = shadow.address.host;
  }
  output.prefix = parts->path;
  return output;
}

using Limit = std::optional<rules::Step>;

Limit share(rules::BasisPoints percent) {
  if (percent == rules::kAll) return std::nullopt;
  rules::Sample sample;
  sample.percent = percent;
  return sample;
}

Result<Limit> read_limit(std::string_view text) {
  if (text.empty()) return Limit();
  if (text.ends_with('%')) {
    const auto percent = parse_gor_percent(text.substr(0, text.size() - 1), Radix::ten);
    if (!percent) return bad(fmt::format("behind the |, {}", percent.error().detail));
    return share(*percent);
  }
  const auto number = parse_unsigned(text);
  if (!number) return bad(kLimit);
  if (*number == 0) return share(0);
  const auto count = static_cast<double>(*number);
  return Limit(rules::Rate{count, count, true});
}

}  // namespace

std::optional<GorOutput> parse_gor_output(const GorSetting& setting, GorProblems& problems) {
  std::string_view rest = setting.value;
  const size_t bar = rest.find('|');
  auto output = read_url(trim_blanks(rest.substr(0, bar)));
  if (!output) {
    problems.add(problem_at(setting, Severity::error, output.error().detail));
    return std::nullopt;
  }
  rest = bar == rest.npos ? std::string_view() : rest.substr(bar + 1);
  const size_t next = rest.find('|');
  if (next != rest.npos) {
    problems.add(problem_at(setting, Severity::warning, "only the first limit holds"));
  }
  auto limit = read_limit(trim_blanks(rest.substr(0, next)));
  if (!limit) {
    problems.add(problem_at(setting, Severity::error, limit.error().detail));
    return std::nullopt;
  }
  output->limit = std::move(*limit);
  return std::move(*output);
}

}  // namespace umbra::config
