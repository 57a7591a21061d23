// Ports for the tests of the wrapper, below those that the kernel gives away by itself: the wrapper binds
// $PORT and the application $PORT+1, so port 0 will not do.
#pragma once

#include <cstdint>

namespace umbra::wrapper_test {

// Free now, and so is the next one.
uint16_t free_port_pair();
bool can_bind(uint16_t port);

// Somebody else's server: holds the port, accepts nothing.
class TakenPort {
 public:
  explicit TakenPort(uint16_t port);
  ~TakenPort();
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;

 private:
  int fd_;
};

}  // namespace umbra::wrapper_test
