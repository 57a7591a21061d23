#include "wrapper/test_ports.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "umbra/base/check.h"

namespace umbra::wrapper_test {
namespace {

constexpr uint16_t kFirst = 10'000;
constexpr uint16_t kLast = 29'998;

// Bound to the port of every interface; -1: somebody has it.
int bound(uint16_t port) {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  where.sin6_port = htons(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

bool can_bind(uint16_t port) {
  const int fd = bound(port);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

uint16_t free_port_pair() {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<uint16_t> any(kFirst, kLast);
  for (;;) {
    const uint16_t port = any(random);
    if (can_bind(port) && can_bind(static_cast<uint16_t>(port + 1))) return port;
  }
}

TakenPort::TakenPort(uint16_t port) : fd_(bound(port)) { UMBRA_CHECK(fd_ >= 0 && ::listen(fd_, 16) == 0); }

TakenPort::~TakenPort() { ::close(fd_); }

}  // namespace umbra::wrapper_test
