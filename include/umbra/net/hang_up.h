// HangUpWatch: tells its owner, on the loop and once, that the other side of a pipe or a socket has gone.
#pragma once

#include <functional>

#include "umbra/net/loop.h"

namespace umbra::net {

class HangUpWatch {
 public:
  // Takes `fd`.  The loop does not stay alive for it.
  HangUpWatch(Loop& loop, int fd, std::function<void()> on_hang_up);
  ~HangUpWatch();
  HangUpWatch(const HangUpWatch&) = delete;
  HangUpWatch& operator=(const HangUpWatch&) = delete;

 private:
  int fd_;
  std::function<void()> on_hang_up_;
  Handle<uv_poll_t> poll_;
};

}  // namespace umbra::net
