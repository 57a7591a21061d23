// A connection to a port of this machine where nobody listens may be given that very port at its own end, too
// (RFC 9293, section 3.5: a simultaneous open).  Then it is connected with itself, and what is sent comes
// back.
#pragma once

namespace umbra::net {

bool is_connected_with_itself(int fd) noexcept;

}  // namespace umbra::net
