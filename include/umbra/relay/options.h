// What a worker's relay needs to know.  Bounds first: everything that a stranger can make grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "umbra/net/address.h"

namespace umbra::relay {

enum class ProxyProtocol : uint8_t { off, v1, v2, any };

// What is changed of live bytes on request; nothing by default (live_edit.h, proxy_protocol.h).
struct LiveEdits {
  // X-Forwarded-For gets the client's address behind what it says, X-Forwarded-Proto is set where it is not.
  bool forwarded_append = false;
  // A field of this name with a random value is added to requests that have none.  A token; empty: off.
  std::string request_id{};
  // The header that a load balancer puts before a connection; any: v1 or v2.  Connections without one are
  // closed.
  ProxyProtocol accept = ProxyProtocol::off;
  // What the app is sent before a connection: off, v1 or v2.
  ProxyProtocol send = ProxyProtocol::off;

  bool heads() const noexcept { return forwarded_append || !request_id.empty(); }
  bool any() const noexcept { return heads() || accept != ProxyProtocol::off || send != ProxyProtocol::off; }
  bool operator==(const LiveEdits&) const = default;
};

struct Options {
  net::Address app;
  size_t sessions_max = 0;  // per worker; accepting pauses there.  0: derived from RLIMIT_NOFILE
  LiveEdits live{};
  // false: bytes are passed on and nothing is made of them.  No session is followed or copied.
  bool observe = true;
};

// Backpressure per flow (design, section 3): reading pauses above the high water, resumes below the low.
inline constexpr size_t kHighWater = 256 * 1024;
inline constexpr size_t kLowWater = 64 * 1024;
// A head up to this size is followed and copied; common servers stop at 8 to 64 KiB.
inline constexpr size_t kHeadMax = 64 * 1024;
// Requests of one connection whose answers are outstanding.
inline constexpr size_t kPendingMax = 256;

}  // namespace umbra::relay
