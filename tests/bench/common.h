// What the bench programs share: the clock, flags, descriptors and loopback sockets.
//
// Header-only and free of umbra's own code on purpose: a tool that measures the
// program must not inherit its bugs.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace umbra::bench {

inline constexpr uint64_t kNsPerMs = 1'000'000;
inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(2);
}

[[noreturn]] inline void fail_errno(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline uint64_t now_ns() {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<uint64_t>(ts.tv_sec) * kNsPerSecond + static_cast<uint64_t>(ts.tv_nsec);
}

// `--name value` and bare `--name`; anything else ends the program with exit 2.
class Flags {
 public:
  using Names = std::initializer_list<std::string_view>;

  Flags(int argc, char** argv, Names valued, Names switches) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view name(argv[i]);
      if (std::find(switches.begin(), switches.end(), name) != switches.end()) {
        values_.emplace_back(name, std::string());
        continue;
      }
      if (std::find(valued.begin(), valued.end(), name) == valued.end()) {
        fail("unknown flag " + std::string(name));
      }
      if (i + 1 == argc) fail(std::string(name) + " expects a value");
      values_.emplace_back(name, argv[++i]);
    }
  }

  bool has(std::string_view name) const { return find(name) != nullptr; }

  std::string text(std::string_view name, std::string_view fallback) const {
    const std::string* value = find(name);
    return value == nullptr ? std::string(fallback) : *value;
  }

  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> found;
    for (const auto& [key, value] : values_) {
      if (key == name) found.push_back(value);
    }
    return found;
  }

  uint64_t number(std::string_view name, uint64_t fallback) const {
    const std::string* value = find(name);
    if (value == nullptr) return fallback;
    uint64_t parsed = 0;
    const char* end = value->data() + value->size();
    const auto result = std::from_chars(value->data(), end, parsed);
    if (result.ec != std::errc{} || result.ptr != end) {
      fail(std::string(name) + " expects a whole number, not '" + *value + "'");
    }
    return parsed;
  }

 private:
  const std::string* find(std::string_view name) const {
    for (const auto& [key, value] : values_) {
      if (key == name) return &value;
    }
    return nullptr;
  }

  std::vector<std::pair<std::string, std::string>> values_;
};

// Sole owner of one descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int raw) : raw_(raw) {}
  Fd(Fd&& other) noexcept : raw_(std::exchange(other.raw_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  void reset() noexcept {
    if (raw_ >= 0) close(raw_);
    raw_ = -1;
  }
  int get() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_ >= 0; }

 private:
  int raw_ = -1;
};

// "127.0.0.1:8080"; the bench never leaves IPv4 loopback, so no names are resolved.
inline sockaddr_in parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    fail("'" + text + "' is no IPv4 address with a port, such as 127.0.0.1:8080");
  }
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + colon + 1, end, port);
  if (result.ec != std::errc{} || result.ptr != end) fail("no port in '" + text + "'");
  address.sin_port = htons(port);
  return address;
}

inline const sockaddr* as_sockaddr(const sockaddr_in* address) {
  return reinterpret_cast<const sockaddr*>(address);
}

inline void set_nodelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline uint16_t local_port(int fd) {
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.sin_port);
}

// Whoever started the program waits for exactly this line before it connects.
inline void announce(uint16_t port) {
  std::printf("listening %u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
}

// 5,000 idle sessions need more descriptors than the usual soft limit of 1,024.
inline void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

inline void start_program() {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
}

}  // namespace umbra::bench
