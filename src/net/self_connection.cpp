#include "umbra/net/self_connection.h"

#include <sys/socket.h>

#include <cstring>

namespace umbra::net {

bool is_connected_with_itself(int fd) noexcept {
  sockaddr_storage near{};
  sockaddr_storage far{};
  socklen_t near_size = sizeof near;
  socklen_t far_size = sizeof far;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&near), &near_size) == 0 &&
         near.ss_family != AF_UNIX && ::getpeername(fd, reinterpret_cast<sockaddr*>(&far), &far_size) == 0 &&
         near_size == far_size && std::memcmp(&near, &far, near_size) == 0;
}

}  // namespace umbra::net
