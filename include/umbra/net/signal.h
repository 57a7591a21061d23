// SignalWatch: tells its owner, on the loop, of one signal to the process.
#pragma once

#include <functional>

#include "umbra/net/loop.h"

namespace umbra::net {

class SignalWatch {
 public:
  SignalWatch(Loop& loop, int number, std::function<void()> on_signal);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::function<void()> on_signal_;
  Handle<uv_signal_t> handle_;
};

}  // namespace umbra::net
