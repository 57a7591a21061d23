// AddressTurns: in which order to try the addresses of a name: each connect begins with the next one, and
// those that lately could not be connected come last.
#pragma once

#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "umbra/base/clock.h"

namespace umbra::net {

struct SocketAddress {
  sockaddr_storage storage{};
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  bool operator==(const SocketAddress& other) const noexcept {
    return std::memcmp(&storage, &other.storage, sizeof storage) == 0;
  }
};

class AddressTurns {
 public:
  std::vector<SocketAddress> order(std::vector<SocketAddress> all, Nanos now);
  void report(const SocketAddress& address, bool connected, Nanos now);

  static constexpr Nanos kAvoid = 10 * kSecond;

 private:
  struct Avoided {
    SocketAddress address;
    Nanos until = 0;
  };
  std::vector<Avoided> avoided_;
  size_t turn_ = 0;
};

}  // namespace umbra::net
