#include "umbra/control/access.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/keyed_hash.h"
#include "umbra/base/text.h"

namespace umbra::control {
namespace {

// `why` needs no escapes.
Answer refusal(unsigned status, std::string_view why) {
  return {status, kJsonType, fmt::format("{{\"error\": \"{}\"}}\n", why)};
}

bool is_ip(int family, std::string_view text) {
  in6_addr parsed;
  return ::inet_pton(family, std::string(text).c_str(), &parsed) == 1;
}

// The port is not looked at: it may have been forwarded.
bool may_be_host(std::string_view host, const Access& access) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end != host.npos && is_ip(AF_INET6, host.substr(1, end - 1));
  }
  const std::string_view name = host.substr(0, host.find(':'));
  if (is_ip(AF_INET, name) || equals_ignoring_case(name, "localhost")) return true;
  return std::any_of(access.hosts.begin(), access.hosts.end(),
                     [&](const std::string& allowed) { return equals_ignoring_case(name, allowed); });
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme) && origin.substr(scheme.size()) == host) return true;
  }
  return false;
}

// RFC 6750, section 2.1; the scheme's name is in any case (RFC 9110, section 11.1).
std::string_view bearer_of(std::string_view authorization) {
  const size_t blank = authorization.find(' ');
  if (blank == authorization.npos || !equals_ignoring_case(authorization.substr(0, blank), "bearer"))
    return "";
  return trim_blanks(authorization.substr(blank));
}

}  // namespace

std::optional<Answer> refuse_host(const Request& request, const Access& access) {
  if (request.from_unix_socket || request.host.empty() || may_be_host(request.host, access)) return {};
  return Answer{421, kTextType,
                "an IP address, localhost or a name that the configuration allows is expected as Host\n"};
}

std::optional<Answer> refuse_change(const Request& request, const Access& access) {
  if (request.origin && !is_own_origin(*request.origin, request.host)) {
    return refusal(403, "other sites may change nothing: an Origin other than the Host is refused");
  }
  if (access.token.empty()) {
    return refusal(403,
                   "no admin token is configured, so nothing can be changed here; set one with "
                   "--admin-token-file or UMBRA_ADMIN_TOKEN");
  }
  if (equal_secrets(bearer_of(request.authorization), access.token)) return {};
  Answer answer = refusal(401, "the admin token is expected, as Authorization: Bearer TOKEN");
  answer.authenticate = "Bearer";
  return answer;
}

}  // namespace umbra::control
