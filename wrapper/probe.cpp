#include "wrapper/probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "umbra/net/self_connection.h"

namespace umbra::wrapper {
namespace {

constexpr int kPatienceMillis = 20;

// The size of what was written to `where`; 0: the address is a name.
socklen_t socket_address(const net::Address& address, sockaddr_storage& where) {
  if (address.kind == net::Address::Kind::unix_path) {
    auto* local = reinterpret_cast<sockaddr_un*>(&where);
    local->sun_family = AF_UNIX;
    if (address.path.size() >= sizeof local->sun_path) return 0;
    std::memcpy(local->sun_path, address.path.data(), address.path.size());
    return sizeof *local;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&where);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    return sizeof *v4;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&where);
  if (::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) != 1) return 0;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(address.port);
  return sizeof *v6;
}

bool becomes_connected(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  if (::poll(&waiting, 1, kPatienceMillis) != 1) return false;
  int failure = 0;
  socklen_t size = sizeof failure;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

// Without a trace that would keep the port from the app for a minute.
void forget(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

bool accepts(const net::Address& address) {
  sockaddr_storage where{};
  const socklen_t size = socket_address(address, where);
  if (size == 0) return false;
  const int fd = ::socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&where), size) == 0 ||
                         (errno == EINPROGRESS && becomes_connected(fd));
  const bool with_itself = connected && net::is_connected_with_itself(fd);
  if (with_itself) forget(fd);
  ::close(fd);
  return connected && !with_itself;
}

}  // namespace umbra::wrapper
