#include "support/lean_origin.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "support/loopback.h"
#include "umbra/base/check.h"

namespace umbra::support {
namespace {

constexpr std::string_view kLastAnswer =
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  UMBRA_CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

}  // namespace

LeanOrigin::LeanOrigin()
    : listener_(bind_to_loopback()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      port_(port_of(listener_)) {
  UMBRA_CHECK(::listen(listener_, kBacklog) == 0);
  watch(epoll_, listener_);
  watch(epoll_, stop_);
  thread_ = std::thread([this] { run(); });
}

LeanOrigin::~LeanOrigin() {
  UMBRA_CHECK(::eventfd_write(stop_, 1) == 0);
  thread_.join();
  for (const auto& [fd, unread] : connections_) ::close(fd);
  for (const int fd : {listener_, epoll_, stop_}) ::close(fd);
}

void LeanOrigin::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == stop_) return;
      if (fd == listener_) {
        accept_all();
      } else if (!serve(fd, connections_[fd])) {
        connections_.erase(fd);
        ::close(fd);
      }
    }
  }
}

void LeanOrigin::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connections_[fd];
    watch(epoll_, fd);
  }
}

bool LeanOrigin::serve(int fd, std::string& unread) {
  std::array<char, 64 * 1024> part;
  const ssize_t size = ::recv(fd, part.data(), part.size(), 0);
  if (size < 0) return errno == EAGAIN;
  if (size == 0) return false;
  unread.append(part.data(), static_cast<size_t>(size));
  std::string answers;
  bool last = false;
  for (size_t end = unread.find("\r\n\r\n"); end != std::string::npos && !last;
       end = unread.find("\r\n\r\n")) {
    last = unread.substr(0, end).find("\r\nConnection: close") != std::string::npos;
    answers += last ? kLastAnswer : kAnswer;
    unread.erase(0, end + 4);
    ++requests_;
  }
  // Small enough for any socket's buffer, unless the client does not read: then it has ended.
  const ssize_t sent = ::send(fd, answers.data(), answers.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(answers.size()) && !last;
}

}  // namespace umbra::support
