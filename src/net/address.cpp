#include "umbra/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>

#include "umbra/base/text.h"

namespace umbra::net {
namespace {

enum class Use : uint8_t { listen, target };

Error bad(std::string detail) { return Error{Errc::bad_config, std::move(detail)}; }

Error bad_form(Use use) {
  return bad(use == Use::listen ? "HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH is expected"
                                : "HOST:PORT, [IPV6]:PORT or unix:PATH is expected");
}

Result<Address> parse_unix(std::string_view path) {
  constexpr size_t most = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty() || path.size() > most || path.find('\0') != path.npos) {
    return bad(fmt::format("unix:PATH with a path of 1 to {} bytes is expected", most));
  }
  return Address{Address::Kind::unix_path, "", 0, std::string(path)};
}

Result<uint16_t> parse_port(std::string_view text, Use use) {
  const uint64_t lowest = use == Use::listen ? 0 : 1;
  const auto port = parse_unsigned(text);
  if (!port || *port < lowest || *port > 65535) {
    return bad(fmt::format("a port from {} to 65535 is expected", lowest));
  }
  return static_cast<uint16_t>(*port);
}

// The zone of a link-local address (fe80::1%eth0) is the resolver's to judge.
bool is_ipv6(std::string_view text) {
  const std::string literal(text.substr(0, text.find('%')));
  in6_addr parsed;
  return !text.ends_with('%') && inet_pton(AF_INET6, literal.c_str(), &parsed) == 1;
}

bool is_ipv4(std::string_view text) {
  in_addr parsed;
  return inet_pton(AF_INET, std::string(text).c_str(), &parsed) == 1;
}

// The characters of a name as DNS, /etc/hosts and container networks have them.  What looks like an
// IPv4 address must be one: resolvers take 1.2.3 for 1.2.0.3 and 999.1.1.1 for a name.
bool is_host(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  if (text.empty() || text.size() > 253 || !std::all_of(text.begin(), text.end(), allowed)) return false;
  if (text.front() == '.' || text.front() == '-' || text.find("..") != text.npos) return false;
  if (text.find_first_not_of("0123456789.") != text.npos) return true;
  return is_ipv4(text);
}

// A name may have many addresses, of which none need be this machine's.
bool is_local(std::string_view text) { return text.empty() || text == "localhost" || is_ipv4(text); }

Result<Address> parse_bracketed(std::string_view text, Use use) {
  const size_t end = text.find(']');
  if (end == text.npos || text.substr(end + 1, 1) != ":") return bad("[IPV6]:PORT is expected");
  const std::string_view host = text.substr(1, end - 1);
  if (!is_ipv6(host)) return bad("an IPv6 address between the brackets is expected");
  const auto port = parse_port(text.substr(end + 2), use);
  if (!port) return port.error();
  return Address{Address::Kind::tcp, std::string(host), *port, ""};
}

Result<Address> parse(std::string_view text, Use use) {
  if (text.starts_with("unix:")) return parse_unix(text.substr(5));
  if (text.starts_with('[')) return parse_bracketed(text, use);
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return bad_form(use);
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != host.npos) {
    if (!is_ipv6(text) && !is_ipv6(host)) return bad_form(use);
    return bad("brackets around the IPv6 address are expected, such as [::1]:8080");
  }
  if (host.empty() && use == Use::target) {
    return bad("a host before the port is expected, such as 127.0.0.1:5000");
  }
  if (use == Use::target && !is_host(host))
    return bad("a host name or an IP address before the port is expected");
  if (use == Use::listen && !is_local(host)) {
    return bad("an IP address, localhost or nothing before the port is expected");
  }
  const auto port = parse_port(text.substr(colon + 1), use);
  if (!port) return port.error();
  return Address{Address::Kind::tcp, std::string(host), *port, ""};
}

}  // namespace

Result<Address> Address::parse_listen(std::string_view text) { return parse(text, Use::listen); }

Result<Address> Address::parse_target(std::string_view text) { return parse(text, Use::target); }

Result<Address> Address::parse_authority(std::string_view text, uint16_t default_port) {
  const std::string given = lower_case(text);
  // A host named `unix` would read as the prefix of a path once its port stands behind it.
  const bool is_path = given == "unix" || given.starts_with("unix:");
  if (given.empty() || is_path) return bad("HOST or HOST:PORT is expected");
  // A colon that belongs to an IPv6 address is no port's.
  const size_t colon = given.find(':', given.starts_with('[') ? given.find(']') : 0);
  const bool add_port = colon == given.npos && default_port != 0;
  return parse_target(add_port ? fmt::format("{}:{}", given, default_port) : given);
}

std::string Address::text() const {
  if (kind == Kind::unix_path) return "unix:" + path;
  return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace umbra::net
