#include "umbra/config/gor_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/gor_values.h"
#include "umbra/config/url_parts.h"

namespace umbra::config {
namespace {

using Severity = GorProblem::Severity;

Error bad(std::string_view detail) { return Error{Errc::bad_config, std::string(detail)}; }

constexpr std::string_view kExpected = "a URL such as https://host, or host:port, is expected";
constexpr std::string_view kLimit = "a limit such as |10% or |10 (copies per second) is expected";

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
  if (parts->place.empty()) return bad(kExpected);
  auto address = net::Address::parse_authority(parts->place, default_port);
  if (!address) return address.error();
  GorOutput output;
  mirror::ShadowOptions& shadow = output.shadow;
  if (parts->has_user) {
    auto authorization = basic_authorization(parts->user_info);
    if (!authorization) return authorization.error();
    shadow.authorization = std::move(*authorization);
  }
  shadow.address = std::move(*address);
  shadow.name = shadow.address.text();
  shadow.authority = authority_of(shadow.address, default_port);
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
