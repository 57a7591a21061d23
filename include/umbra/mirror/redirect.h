// Redirect: whether and how a shadow's 3xx answer is followed (RFC 9110 section 15.4): a pure decision.
//
// A copy never leaves for a place nobody named: it goes to the server that answered, to the shadow, or to one
// of redirect_hosts; with the shadow's own scheme; never to the app or to umbra itself.  Names are compared
// as they are written, not resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "umbra/net/address.h"

namespace umbra::mirror {

// What holds for all redirects of a shadow: views of its ShadowOptions and of the proxy's addresses.
struct RedirectPolicy {
  std::string_view scheme;     // "http" or "https"
  std::string_view authority;  // the shadow's own
  unsigned most = 0;           // ShadowOptions::redirects
  // ShadowOptions::redirect_hosts: HOST (with the scheme's own port) or HOST:PORT.
  std::span<const std::string> hosts;
  std::span<const net::Address> own;  // where the app and umbra's listeners are
};

// The request that was answered, as it was sent: with the shadow's path prefix in its target, and with the
// Host that its rules gave it, which is a name of the shadow as good as its own.
struct RedirectedRequest {
  std::string_view method;
  std::string_view target;
  std::string_view host;
  unsigned followed = 0;  // redirects that led to it
};

struct Redirect {
  enum class Outcome : uint8_t {
    follow,
    not_a_redirect,  // none of 301, 302, 303, 307, 308
    too_many,
    no_location,
    bad_location,  // no http URI, user or password in it, control bytes, blanks or bytes beyond ASCII, too
                   // long
    other_scheme,
    other_host,   // not the shadow, and not listed
    own_address,  // listed, but the app or umbra itself is there
  };
  Outcome outcome = Outcome::not_a_redirect;

  // The rest is for `follow`.
  std::string target;  // in origin form
  std::string host;    // the field's value
  enum class Server : uint8_t { same, shadow, other };
  Server server = Server::same;  // the one that answered, the shadow by its own name, or the one at `address`
  net::Address address;          // of `other`
  // The method becomes GET, and the body goes with the fields that describe it (Content-*,
  // Transfer-Encoding). Else both stay, and the body is sent again.
  bool to_get = false;
  // Authorization (of the client, and umbra's own for the shadow), Cookie and Proxy-Authorization stay
  // behind.
  bool without_credentials = false;
};

inline constexpr size_t kLocationMax = 8 * 1024;

// Where a host of `redirect_hosts` is, under a scheme; none: it names no place.
std::optional<net::Address> redirect_host(std::string_view host, std::string_view scheme);
inline constexpr size_t kRedirectHostsMax = 4;

// `location`: its value; of several lines, none may be chosen: give an empty one.
Redirect redirect_of(const RedirectPolicy& policy, const RedirectedRequest& sent, unsigned status,
                     std::string_view location);

}  // namespace umbra::mirror
