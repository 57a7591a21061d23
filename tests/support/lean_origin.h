// LeanOrigin: answers every request without a body with the same few bytes, on one thread for all
// connections, and keeps nothing of them.  For tests with many connections, where ScriptedOrigin's threads
// would be in the way.
#pragma once

#include <atomic>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "umbra/net/address.h"

namespace umbra::support {

class LeanOrigin {
 public:
  LeanOrigin();
  ~LeanOrigin();
  LeanOrigin(const LeanOrigin&) = delete;
  LeanOrigin& operator=(const LeanOrigin&) = delete;

  uint16_t port() const noexcept { return port_; }
  net::Address address() const { return {net::Address::Kind::tcp, "127.0.0.1", port_, ""}; }
  uint64_t requests() const noexcept { return requests_; }

  // What it answers.  A request with `Connection: close` is answered with the same, and the connection
  // closed.
  static constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

 private:
  void run();
  void accept_all();
  bool serve(int fd, std::string& unread);  // false: the connection has ended

  int listener_ = -1;
  int epoll_ = -1;
  int stop_ = -1;
  uint16_t port_ = 0;
  std::atomic<uint64_t> requests_ = 0;
  std::unordered_map<int, std::string> connections_;  // what of a request has come
  std::thread thread_;
};

}  // namespace umbra::support
