#include "wrapper/app/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace umbra::wrapper_test {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
// Whoever has connected before the end gets so long to say what it wants.
constexpr int64_t kLastWord = 1000 * kMillisecond;

int bound_to_path(const std::string& path) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0 ? fd : -1;
}

int bound_to_port(const std::string& host, uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const bool is_v6 = ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1;
  if (!is_v6 && !host.empty()) ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
  const int fd = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto* where = is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  const socklen_t size = is_v6 ? sizeof v6 : sizeof v4;
  return ::bind(fd, where, size) == 0 ? fd : -1;
}

int slow_ms(const std::string& request) {
  constexpr std::string_view path = "GET /slow?ms=";
  return request.starts_with(path) ? std::atoi(request.c_str() + path.size()) : 0;
}

}  // namespace

Server::Server(const Settings& settings, const Report& report)
    : settings_(settings),
      report_(report),
      finished_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      listen_at_(monotonic_ns() + settings.delay_ms * kMillisecond) {
  sigset_t heard;
  sigemptyset(&heard);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTTIN, SIGTTOU}) {
    sigaddset(&heard, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &heard, nullptr);
  signals_ = ::signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
}

Server::~Server() {
  for (const int fd : {signals_, finished_, listener_}) ::close(fd);
}

int Server::run() {
  report_.tell("ready", "");
  while (!is_over()) {
    const bool waits = listener_ < 0 && !stopping_;
    const int64_t left = (listen_at_ - monotonic_ns()) / kMillisecond + 1;
    const int timeout = stopping_ ? 10 : waits ? static_cast<int>(std::max<int64_t>(left, 0)) : -1;
    std::array<pollfd, 3> all{{{signals_, POLLIN, 0}, {finished_, POLLIN, 0}, {listener_, POLLIN, 0}}};
    ::poll(all.data(), all.size(), timeout);
    eventfd_t ended = 0;
    ::eventfd_read(finished_, &ended);
    hear();
    if (listener_ < 0 && !stopping_ && monotonic_ns() >= listen_at_) {
      if (settings_.exit_early >= 0) return settings_.exit_early;
      listen();
    }
    if (listener_ >= 0) accept_waiting();
  }
  report_.tell("over", "");
  return settings_.status;
}

void Server::listen() {
  listener_ = settings_.unix_path.empty() ? bound_to_port(settings_.host, settings_.port)
                                          : bound_to_path(settings_.unix_path);
  const int64_t before = monotonic_ns();
  if (listener_ < 0 || ::listen(listener_, 1024) < 0) {
    report_.tell("cannot_listen", std::strerror(errno));
    std::_Exit(98);
  }
  report_.tell("listening", fmt::format("{}", settings_.port), before);
}

void Server::hear() {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const int number = static_cast<int>(info.ssi_signo);
    report_.tell("signal", fmt::format("{}", number));
    if (number == settings_.ends_on || (number == SIGTERM && !settings_.ignores_term)) stop();
  }
}

void Server::stop() {
  if (stopping_.exchange(true)) return;
  stopped_at_ = monotonic_ns();
  if (listener_ < 0) return;
  accept_waiting();
  ::close(std::exchange(listener_, -1));
}

bool Server::is_over() const {
  if (!stopping_ || busy_ > 0) return false;
  return fresh_ == 0 || monotonic_ns() - stopped_at_ > kLastWord;
}

void Server::accept_waiting() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++fresh_;
    std::thread([this, fd] {
      serve(fd);
      ::close(fd);
      ::eventfd_write(finished_, 1);
    }).detach();
  }
}

// A connection is fresh until its first request, busy from a request to its answer, and else of no account.
void Server::serve(int fd) {
  std::string unread;
  bool fresh = true;
  for (;;) {
    std::array<char, 4096> part;
    const ssize_t size = ::recv(fd, part.data(), part.size(), 0);
    if (size > 0) unread.append(part.data(), static_cast<size_t>(size));
    for (size_t end = 0; size > 0 && (end = unread.find("\r\n\r\n")) != std::string::npos;) {
      const std::string request = unread.substr(0, end + 4);
      unread.erase(0, end + 4);
      ++busy_;
      if (std::exchange(fresh, false)) --fresh_;
      const bool goes_on = answer(fd, request);
      --busy_;
      ::eventfd_write(finished_, 1);
      if (!goes_on) return;
    }
    if (size <= 0) break;
  }
  if (fresh) --fresh_;
}

bool Server::answer(int fd, const std::string& request) {
  const int wait = slow_ms(request);
  if (wait > 0) {
    report_.tell("request", request.substr(0, request.find('\r')));
    ::poll(nullptr, 0, wait);
  }
  const bool last = stopping_ || request.find("\r\nConnection: close") != std::string::npos;
  const std::string body = fmt::format("pid {}\n", ::getpid());
  const std::string text = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(),
                                       last ? "Connection: close\r\n" : "", body);
  if (wait > 0) report_.tell("answered", request.substr(0, request.find('\r')));
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()) && !last;
}

}  // namespace umbra::wrapper_test
