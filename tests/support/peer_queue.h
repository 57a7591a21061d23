// What the other end of a loopback connection has not read yet, asked of the kernel (sock_diag(7)): the only
// way to be sure that two sends are two reads without waiting for a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace umbra::support {

// Bytes in the peer's receive queue; none when the kernel does not tell.
std::optional<size_t> unread_by_peer(int fd);

// False: the time is over.
bool wait_until_peer_has_read(int fd, std::chrono::milliseconds patience);

}  // namespace umbra::support
