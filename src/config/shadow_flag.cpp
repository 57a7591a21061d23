#include "umbra/config/shadow_flag.h"

#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/text.h"
#include "umbra/config/url_parts.h"

namespace umbra::config {
namespace {

constexpr std::string_view kExpected = "a URL such as http://host:port is expected";

Error bad(std::string_view detail) { return Error{Errc::bad_config, std::string(detail)}; }

// A given name becomes a field's value and a metric's label, and people type it.
bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == ':' || c == '-';
}

struct Scheme {
  std::string_view name;
  uint16_t port;  // 0: must be given
};
constexpr Scheme kHttp{"http", 80};
constexpr Scheme kHttps{"https", 443};
constexpr Scheme kTcp{"tcp", 0};

std::string form_of(const Scheme& scheme) { return fmt::format("{}://host:port", scheme.name); }

// What stands behind "http://" and the user's part; a lone slash at its end means nothing and is let pass.
Result<net::Address> parse_authority(std::string_view text, const Scheme& scheme) {
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find_first_of("/?#") != text.npos) {
    return bad(fmt::format("a URL without path and query is expected, such as {}{}", form_of(scheme),
                           scheme.port == 0 ? "" : " (a copy keeps the target of its request)"));
  }
  if (text.empty()) return bad(fmt::format("a URL such as {} is expected", form_of(scheme)));
  auto address = net::Address::parse_authority(text, scheme.port);
  if (!address) return bad(fmt::format("{} in {}", address.error().detail, form_of(scheme)));
  return address;
}

Result<mirror::ShadowOptions> parse_unix(std::string_view url) {
  auto address = net::Address::parse_target(url);
  if (!address) return address.error();
  mirror::ShadowOptions shadow;
  shadow.url = url;
  shadow.address = std::move(*address);
  shadow.authority = "localhost";
  const std::string_view path = shadow.address.path;
  shadow.name = path.substr(path.rfind('/') + 1).substr(0, 64);
  for (char& c : shadow.name) c = is_name_byte(c) ? c : '-';
  if (shadow.name.empty()) return bad("unix:PATH with the name of a socket at its end is expected");
  return shadow;
}

Result<mirror::ShadowOptions> parse_with_scheme(std::string_view url, std::string_view rest,
                                                const Scheme& scheme) {
  mirror::ShadowOptions shadow;
  // A password may hold an '@' that is not encoded: the last one ends it.
  const size_t at = rest.substr(0, rest.find_first_of("/?#")).rfind('@');
  if (at != rest.npos) {
    if (scheme.port == 0) return bad("a URL without user and password is expected, such as tcp://host:port");
    auto authorization = basic_authorization(rest.substr(0, at));
    if (!authorization) return authorization.error();
    shadow.authorization = std::move(*authorization);
    rest.remove_prefix(at + 1);
  }
  auto address = parse_authority(rest, scheme);
  if (!address) return address.error();
  shadow.address = std::move(*address);
  shadow.url = shadow.authorization.empty() ? std::string(url) : fmt::format("{}://{}", scheme.name, rest);
  shadow.authority = authority_of(shadow.address, scheme.port);
  shadow.name = shadow.address.text();
  shadow.raw = scheme.port == 0;
  if (scheme.port == kHttps.port) {
    shadow.tls.emplace();
    shadow.tls->server_name = shadow.address.host;
  }
  return shadow;
}

}  // namespace

bool is_shadow_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_name_byte);
}

Result<mirror::ShadowOptions> parse_shadow_url(std::string_view url) {
  if (lower_case(url.substr(0, 5)) == "unix:") return parse_unix(url);
  const size_t end = url.find("://");
  const std::string scheme = lower_case(url.substr(0, end));
  for (const Scheme& known : {kHttp, kHttps, kTcp}) {
    if (end != url.npos && scheme == known.name) return parse_with_scheme(url, url.substr(end + 3), known);
  }
  return bad(kExpected);
}

Result<NamedUrl> split_shadow(std::string_view text) {
  // The '=' of a unix socket's path, or of a password, is no name's.
  const size_t equals = text.substr(0, text.find("://")).find('=');
  if (equals == text.npos || lower_case(text.substr(0, 5)) == "unix:") return NamedUrl{{}, text};
  const NamedUrl parts{text.substr(0, equals), text.substr(equals + 1)};
  if (!is_shadow_name(parts.name)) {
    return bad("a name of 1 to 64 letters, digits, '.', '_', ':' or '-' before the '=' is expected");
  }
  return parts;
}

Result<mirror::ShadowOptions> parse_shadow(std::string_view text) {
  const auto parts = split_shadow(text);
  if (!parts) return parts.error();
  auto shadow = parse_shadow_url(parts->url);
  if (shadow && !parts->name.empty()) shadow->name = parts->name;
  return shadow;
}

std::string without_password(std::string_view url) {
  const size_t at = url.rfind('@');
  if (at == url.npos) return std::string(url);
  const size_t scheme = url.find("://");
  const size_t begin = scheme == url.npos || scheme > at ? 0 : scheme + 3;
  return fmt::format("{}***{}", url.substr(0, begin), url.substr(at));
}

}  // namespace umbra::config
