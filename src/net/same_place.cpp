#include "umbra/net/same_place.h"

#include <string_view>

#include "umbra/base/text.h"

namespace umbra::net {
namespace {

bool is_any(std::string_view host) { return host.empty() || host == "::" || host == "0.0.0.0"; }

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

bool would_reach(const Address& target, const Address& listen) {
  if (target.kind != listen.kind) return false;
  if (target.kind == Address::Kind::unix_path) return target.path == listen.path;
  if (target.port != listen.port) return false;
  const std::string to = lower_case(target.host);
  const std::string at = lower_case(listen.host);
  if (to == at) return true;
  // "Any" as a target is this machine.  0.0.0.0 does not hear IPv6.
  if (is_any(at)) return (is_loopback(to) || is_any(to)) && !(at == "0.0.0.0" && to.find(':') != to.npos);
  if (is_any(to)) return is_loopback(at);
  return (to == "localhost" && is_loopback(at)) || (at == "localhost" && is_loopback(to));
}

}  // namespace umbra::net
