// Listening sockets of test servers.
#pragma once

#include <cstdint>

namespace umbra::support {

// A non-blocking socket bound to 127.0.0.1 and a port of the kernel's choice; not listening yet.
// `receive_buffer` 0: the kernel's own.
int bind_to_loopback(int receive_buffer = 0);
uint16_t port_of(int fd);

inline constexpr int kBacklog = 4096;

}  // namespace umbra::support
