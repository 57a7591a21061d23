// Front: the sockets on $PORT. The wrapper holds them for as long as the application lives, so that a
// connection that comes while no proxy runs waits in their queue for the next one.
#pragma once

#include <cstdint>
#include <vector>

#include "umbra/base/result.h"
#include "wrapper/child.h"

namespace umbra::wrapper {

class Front {
 public:
  Front() = default;
  Front(Front&& other) noexcept;
  Front& operator=(Front&&) = delete;
  ~Front();

  // Every interface, IPv6 and IPv4.  Nobody can connect yet.
  static Result<Front> bind(uint16_t port);
  // May be called again.  An error: another socket has begun to listen on the port.
  Result<void> listen();
  std::vector<Launch::Handed> handed() const { return {{fd_, "front"}}; }
  void close();

 private:
  int fd_ = -1;
};

}  // namespace umbra::wrapper
