#include "support/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "support/peer_queue.h"

namespace umbra::support {
namespace {

constexpr size_t kReadSize = 64 * 1024;

int millis_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<Millis>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<Millis::rep>(left, 0, 1'000'000));
}

}  // namespace

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::open:
      return "open";
    case Ending::eof:
      return "eof";
    case Ending::reset:
      return "reset";
  }
  return "?";
}

int connect_to(uint16_t port, Millis patience) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int error = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0 ? errno : 0;
  if (error == EINPROGRESS) {
    pollfd ready{fd, POLLOUT, 0};
    socklen_t size = sizeof(error);
    const bool done = ::poll(&ready, 1, static_cast<int>(patience.count())) > 0;
    if (!done || ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = ETIMEDOUT;
  }
  if (error == 0) return fd;
  ::close(fd);
  errno = error;
  return -1;
}

Wire::Wire(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd) {
  if (fd < 0) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

Wire::~Wire() { close(); }

bool Wire::wait_for(short events, Clock::time_point deadline) const {
  std::array<pollfd, 2> watched{pollfd{fd_, events, 0}, pollfd{stop_fd_, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(watched.data(), watched.size(), millis_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0 && watched[1].revents == 0;
  }
}

bool Wire::stopping() const {
  pollfd stop{stop_fd_, POLLIN, 0};
  return ::poll(&stop, 1, 0) > 0;
}

// ---- sending ----

bool Wire::send(std::string_view bytes, Millis patience) {
  const auto deadline = Clock::now() + patience;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno != EAGAIN || !wait_for(POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

bool Wire::send_slowly(std::string_view bytes, size_t part, Millis pause) {
  while (!bytes.empty()) {
    if (!send(bytes.substr(0, part))) return false;
    bytes.remove_prefix(std::min(part, bytes.size()));
    if (wait_for(POLLRDHUP, Clock::now() + pause) || stopping()) return bytes.empty();
  }
  return true;
}

bool Wire::send_cut(std::string_view bytes, const std::vector<size_t>& offsets) {
  size_t begin = 0;
  for (const size_t end : offsets) {
    if (!send(bytes.substr(begin, end - begin))) return false;
    wait_until_peer_has_read(fd_, kPeerReads);
    begin = end;
  }
  return send(bytes.substr(begin));
}

bool Wire::send_byte_by_byte(std::string_view bytes) {
  std::vector<size_t> offsets;
  for (size_t i = 1; i < bytes.size(); ++i) offsets.push_back(i);
  return send_cut(bytes, offsets);
}

// ---- reading ----

// Reads once.  False: nothing came, because of the deadline or because the peer has ended.
bool Wire::fill(Clock::time_point deadline) {
  if (ending_ != Ending::open || fd_ < 0) return false;
  std::array<char, kReadSize> part;
  for (;;) {
    if (!wait_for(POLLIN, deadline)) return false;
    const ssize_t size = ::recv(fd_, part.data(), part.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) {
      ending_ = size == 0 ? Ending::eof : Ending::reset;
      return false;
    }
    const std::string_view bytes(part.data(), static_cast<size_t>(size));
    buffer_.erase(0, std::exchange(taken_, 0));
    buffer_ += bytes;
    on_received(bytes);
    return true;
  }
}

std::string Wire::take(size_t size) {
  std::string bytes(unread().substr(0, size));
  taken_ += bytes.size();
  return bytes;
}

std::string Wire::read_some(Millis patience) {
  if (unread().empty()) fill(Clock::now() + patience);
  return take(unread().size());
}

std::string Wire::read_exactly(size_t size, Millis patience) {
  const auto deadline = Clock::now() + patience;
  while (unread().size() < size && fill(deadline)) {
  }
  return take(size);
}

std::string Wire::read_until(std::string_view mark, Millis patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const size_t found = unread().find(mark);
    if (found != std::string_view::npos) return take(found + mark.size());
    if (!fill(deadline)) return take(unread().size());
  }
}

std::string Wire::read_until_eof(Millis patience) {
  const auto deadline = Clock::now() + patience;
  while (fill(deadline)) {
  }
  return take(unread().size());
}

std::string Wire::read_message(MessageKind kind, Millis patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const Extent message = first_message(unread(), kind);
    if (message.whole) return take(message.size);
    if (!fill(deadline)) return take(unread().size());
  }
}

bool Wire::wait_for_end(Millis patience) {
  const auto deadline = Clock::now() + patience;
  do {
    forget_unread();
  } while (fill(deadline));
  return ending_ != Ending::open;
}

// ---- ending ----

void Wire::half_close() { ::shutdown(fd_, SHUT_WR); }

void Wire::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Wire::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close();
}

}  // namespace umbra::support
