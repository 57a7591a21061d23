#include "umbra/config/shadow_flag.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "umbra/base/text.h"

namespace umbra::config {
namespace {

constexpr std::string_view kExpected = "a URL such as http://host:port is expected";

Error bad(std::string_view detail) { return Error{Errc::bad_config, std::string(detail)}; }

// A given name becomes a field's value and a metric's label, and people type it.
bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

// What stands between "http://" and the end; a lone slash behind it means nothing and is let pass.
Result<net::Address> parse_authority(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('@') != text.npos) {
    return bad("a URL without user and password is expected, such as http://host:port");
  }
  if (text.find_first_of("/?#") != text.npos) {
    return bad(
        "a URL without path and query is expected, such as http://host:port "
        "(a copy keeps the target of its request)");
  }
  if (text.empty()) return bad(kExpected);
  // A colon that belongs to an IPv6 address is no port's.
  const size_t colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  const std::string given = lower_case(text);
  if (given.starts_with("unix:")) return bad(kExpected);
  auto address = net::Address::parse_target(colon == text.npos ? given + ":80" : given);
  if (!address) return bad(address.error().detail + " in http://host:port");
  return address;
}

std::string authority_of(const net::Address& address) {
  const std::string text = address.text();
  return address.port == 80 ? text.substr(0, text.rfind(':')) : text;
}

}  // namespace

Result<mirror::ShadowOptions> parse_shadow(std::string_view text) {
  mirror::ShadowOptions shadow;
  const size_t equals = text.substr(0, text.find("://")).find('=');
  if (equals != text.npos) {
    shadow.name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    if (!is_name(shadow.name)) {
      return bad("a name of 1 to 64 letters, digits, '.', '_', ':' or '-' before the '=' is expected");
    }
  }
  shadow.url = text;
  const std::string scheme = lower_case(text.substr(0, text.find("://")));
  if (scheme == "https") {
    return bad("TLS shadows are not supported by this version; a URL such as http://host:port is expected");
  }
  if (scheme != "http" || scheme.size() == text.size()) return bad(kExpected);
  auto address = parse_authority(text.substr(scheme.size() + 3));
  if (!address) return address.error();
  shadow.address = std::move(*address);
  shadow.authority = authority_of(shadow.address);
  if (shadow.name.empty()) shadow.name = shadow.address.text();
  return shadow;
}

}  // namespace umbra::config
