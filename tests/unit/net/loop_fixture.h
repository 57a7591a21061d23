// A test with a Loop of its own, in the test's thread, that must close empty: whatever a test opened is
// closed, or closing, when it ends.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "umbra/base/clock.h"
#include "umbra/net/loop.h"
#include "umbra/net/timer.h"

namespace umbra::net {

class LoopTest : public testing::Test {
 protected:
  static constexpr Nanos kPatience = 10 * kSecond;

  // Handles of the loop that are not closing; a Loop itself has two.
  size_t open_handles() {
    size_t count = 0;
    uv_walk(
        loop->uv(),
        [](uv_handle_t* handle, void* counter) {
          if (uv_is_closing(handle) == 0) ++*static_cast<size_t*>(counter);
        },
        &count);
    return count;
  }

  void TearDown() override {
    turn();  // buries the retired
    EXPECT_EQ(open_handles(), 2u) << "a handle was left open";
    loop.reset();  // checks that uv_loop_close finds nothing left
  }

  // Turns the loop until `done` or until patience ends.
  template <typename Done>
  [[nodiscard]] bool turn_until(Done done) {
    Timer wake(*loop, [] {});  // a turn must not sleep while a plain socket becomes ready
    wake.start_every(kMillisecond);
    const Nanos deadline = monotonic_now() + kPatience;
    while (!done()) {
      if (monotonic_now() > deadline) return false;
      uv_run(loop->uv(), UV_RUN_ONCE);
    }
    return true;
  }
  // Serves what is ready now.
  void turn() { uv_run(loop->uv(), UV_RUN_NOWAIT); }

  std::unique_ptr<Loop> loop = std::make_unique<Loop>();
};

// A plain blocking socket, for the other end.
class Peer {
 public:
  explicit Peer(int fd = -1) : fd_(fd) {}
  Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Peer& operator=(Peer&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Peer() { close(); }

  static Peer connect(uint16_t port) {
    Peer peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where = loopback(port);
    EXPECT_EQ(::connect(peer.fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    peer.set_deadline();
    return peer;
  }
  // Listens on a port that the kernel chooses.
  static Peer listen() {
    Peer peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where = loopback(0);
    EXPECT_EQ(::bind(peer.fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    EXPECT_EQ(::listen(peer.fd_, 16), 0);
    peer.set_deadline();
    return peer;
  }
  Peer accept() const {
    Peer peer(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_GE(peer.fd_, 0) << "nobody connected";
    peer.set_deadline();
    return peer;
  }
  uint16_t port() const {
    sockaddr_in where{};
    socklen_t size = sizeof where;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&where), &size);
    return ntohs(where.sin_port);
  }

  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // What can be read without waiting.
  std::string read_now() const { return read_flags(MSG_DONTWAIT); }
  // Reads on until the other end sends no more.
  std::string read_all() const {
    std::string all;
    for (std::string part = read_flags(0); !part.empty(); part = read_flags(0)) all += part;
    return all;
  }
  // The other end sends no more, and all of it has been read.
  bool at_end() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }
  // The errno of the next read, 0 for an end.
  int read_error() const {
    char byte = 0;
    const ssize_t n = ::recv(fd_, &byte, 1, 0);
    EXPECT_LE(n, 0) << "there are bytes yet";
    return n < 0 ? errno : 0;
  }
  void end_writing() const { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return where;
  }
  void set_deadline() const {
    const timeval deadline{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  }
  std::string read_flags(int flags) const {
    std::string part(64 * 1024, '\0');
    const ssize_t n = ::recv(fd_, part.data(), part.size(), flags);
    part.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return part;
  }

  int fd_;
};

// A connected pair over TCP: a stream for the loop, a Peer for the test.
inline std::pair<int, Peer> tcp_pair() {
  const Peer listener = Peer::listen();
  Peer peer = Peer::connect(listener.port());
  const int fd = ::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT_GE(fd, 0);
  return {fd, std::move(peer)};
}

}  // namespace umbra::net
