#include "wrapper/front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace umbra::wrapper {
namespace {

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn

Error failure(int why) { return {why == EADDRINUSE ? Errc::in_use : Errc::os, std::strerror(why)}; }

Result<int> bound(const sockaddr* where, socklen_t size) {
  const int fd = ::socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure(errno);
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Accepted sockets inherit these at their handshake, which may come before any proxy runs
  // (net/listener.cpp).
  constexpr int kKeepAliveIdleSeconds = 60;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepAliveIdleSeconds, sizeof kKeepAliveIdleSeconds);
  if (where->sa_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd, where, size) == 0) return fd;
  const int why = errno;
  ::close(fd);
  return failure(why);
}

}  // namespace

Front::Front(Front&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Front::~Front() { close(); }

Result<Front> Front::bind(uint16_t port) {
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  auto fd = bound(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  if (!fd && fd.error().code != Errc::in_use) {
    // A machine without IPv6 (a container may be one): all of IPv4 then.
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    fd = bound(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  }
  if (!fd) return fd.error();
  Front front;
  front.fd_ = *fd;
  return front;
}

Result<void> Front::listen() {
  if (::listen(fd_, kBacklog) == 0) return {};
  return failure(errno);
}

void Front::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace umbra::wrapper
