// The PROXY protocol (HAProxy's proxy-protocol.txt): the header by which a load balancer says before a
// connection's first byte whose connection it passes on.  A pure reader and writer.
//
// Strict: what is no sound header of an accepted version is a fault as soon as a byte shows it.  The CRC32C
// of version 2 is not looked at, nor any other of its extensions but the one that says TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "umbra/relay/options.h"

namespace umbra::relay {

// What a header says.  Both addresses as net::Stream::peer() writes them, `a.b.c.d:port` or `[v6]:port`, or
// both empty: LOCAL, UNKNOWN, a unix socket.
struct ProxyHeader {
  std::string client;
  std::string server;   // which the client connected to
  bool secure = false;  // the client spoke TLS to the sender
  bool operator==(const ProxyHeader&) const = default;
};

struct ProxyRead {
  enum class Verdict : uint8_t { complete, incomplete, fault };
  Verdict verdict = Verdict::incomplete;
  size_t size = 0;  // of the header, which begins the bytes; when complete
  ProxyHeader header;
};

// `accept`: v1, v2 or any.
ProxyRead read_proxy_header(std::string_view bytes, ProxyProtocol accept);

// `version`: v1 or v2.  Without two addresses of one family it says that it knows none.
std::string write_proxy_header(ProxyProtocol version, const ProxyHeader& header);

inline constexpr size_t kProxyV1Max = 107;       // with CR LF, as the protocol has it
inline constexpr size_t kProxyHeaderMax = 4096;  // of version 2; what is in use stays under 600

}  // namespace umbra::relay
