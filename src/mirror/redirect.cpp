#include "umbra/mirror/redirect.h"

#include <algorithm>
#include <optional>

#include "umbra/base/text.h"
#include "umbra/net/same_place.h"

namespace umbra::mirror {
namespace {

using Outcome = Redirect::Outcome;

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// RFC 9110, sections 15.4.2 to 15.4.4, as browsers do it (Fetch, "HTTP-redirect fetch").
bool becomes_get(unsigned status, std::string_view method) {
  if (status == 303) return method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

// RFC 3986, section 3, without the fragment.
struct Reference {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
};

Reference split(std::string_view text) {
  Reference parts;
  text = text.substr(0, text.find('#'));
  if (const size_t colon = text.find(':'); colon < text.find_first_of("/?")) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    parts.authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(parts.authority->size());
  }
  parts.path = text.substr(0, text.find('?'));
  if (parts.path.size() < text.size()) parts.query = text.substr(parts.path.size() + 1);
  return parts;
}

// RFC 3986, section 5.2.4; `path` begins with a slash.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment != "." && segment != "..") {
      out += '/';
      out += segment;
      continue;
    }
    if (segment == "..") out.resize(out.empty() ? 0 : out.rfind('/'));
    if (path.empty()) out += '/';
  }
  return out;
}

// The target that was sent, as a path and a query: without scheme and authority, where it is in absolute
// form. A path may begin with two slashes.
Reference base_of(std::string_view target) {
  if (const size_t scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
    target.remove_prefix(std::min(target.size(), target.find_first_of("/?", scheme + 3)));
  }
  Reference base;
  base.path = target.substr(0, target.find('?'));
  if (base.path.size() < target.size()) base.query = target.substr(base.path.size() + 1);
  if (!base.path.starts_with('/')) base.path = "/";
  return base;
}

// RFC 3986, section 5.2.2.
std::string resolve(const Reference& to, const Reference& base) {
  std::string path;
  std::optional<std::string_view> query = to.query;
  if (to.authority || to.path.starts_with('/')) {
    path = without_dots(to.path);
  } else if (to.path.empty()) {
    path = base.path;
    if (!query) query = base.query;
  } else {
    path = without_dots(std::string(base.path.substr(0, base.path.rfind('/') + 1)).append(to.path));
  }
  if (path.empty()) path = "/";
  if (query) path.append("?").append(*query);
  return path;
}

uint16_t port_of(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// RFC 3986, section 3.2.3: an empty port is the scheme's.
std::optional<net::Address> parse_authority(std::string_view text, uint16_t default_port) {
  if (text.ends_with(':')) text.remove_suffix(1);
  if (text.find('%') != text.npos) return std::nullopt;
  auto address = net::Address::parse_authority(text, default_port);
  if (!address) return std::nullopt;
  return std::move(*address);
}

std::string host_field(const net::Address& address, uint16_t default_port) {
  std::string text = address.text();
  if (address.port == default_port) text.resize(text.rfind(':'));
  return text;
}

bool is_clean(std::string_view location) {
  return location.size() <= kLocationMax &&
         std::all_of(location.begin(), location.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// Where the reference leads: fills in server, host and address.
Outcome find_server(const RedirectPolicy& policy, const RedirectedRequest& sent, const Reference& to,
                    Redirect& redirect) {
  redirect.host = sent.host;
  if (!to.authority) return Outcome::follow;
  const uint16_t port = port_of(policy.scheme);
  const auto address = parse_authority(*to.authority, port);
  if (!address) return Outcome::bad_location;
  const auto is = [&](std::string_view authority) { return parse_authority(authority, port) == address; };
  if (is(sent.host)) return Outcome::follow;
  if (is(policy.authority)) {
    redirect.server = Redirect::Server::shadow;
    redirect.host = policy.authority;
    return Outcome::follow;
  }
  if (std::none_of(policy.hosts.begin(), policy.hosts.end(), is)) return Outcome::other_host;
  const auto reached = [&](const net::Address& own) { return net::would_reach(*address, own); };
  if (std::any_of(policy.own.begin(), policy.own.end(), reached)) return Outcome::own_address;
  redirect.server = Redirect::Server::other;
  redirect.host = host_field(*address, port);
  redirect.address = *address;
  redirect.without_credentials = true;
  return Outcome::follow;
}

Outcome fill_in(const RedirectPolicy& policy, const RedirectedRequest& sent, unsigned status,
                std::string_view location, Redirect& redirect) {
  if (!is_redirect(status)) return Outcome::not_a_redirect;
  if (sent.followed >= policy.most) return Outcome::too_many;
  if (location.empty()) return Outcome::no_location;
  if (!is_clean(location)) return Outcome::bad_location;
  const Reference to = split(location);
  if (to.scheme && !equals_ignoring_case(*to.scheme, policy.scheme)) return Outcome::other_scheme;
  if (to.scheme && !to.authority) return Outcome::bad_location;
  redirect.target = resolve(to, base_of(sent.target));
  redirect.to_get = becomes_get(status, sent.method);
  return find_server(policy, sent, to, redirect);
}

}  // namespace

std::optional<net::Address> redirect_host(std::string_view host, std::string_view scheme) {
  return parse_authority(host, port_of(scheme));
}

Redirect redirect_of(const RedirectPolicy& policy, const RedirectedRequest& sent, unsigned status,
                     std::string_view location) {
  Redirect redirect;
  const Outcome outcome = fill_in(policy, sent, status, location, redirect);
  if (outcome != Outcome::follow) redirect = {};
  redirect.outcome = outcome;
  return redirect;
}

}  // namespace umbra::mirror
