// FineTimer: a timer of nanoseconds (timerfd_create(2)), where libuv's are of milliseconds.
#pragma once

#include <functional>

#include "umbra/base/clock.h"
#include "umbra/net/loop.h"

namespace umbra::net {

class FineTimer {
 public:
  // Keeps the loop alive.  The time between its being due and the call is the kernel's: some 60 us with the
  // default slack of a thread, a few with less (PR_SET_TIMERSLACK).
  FineTimer(Loop& loop, std::function<void()> on_due);
  ~FineTimer();
  FineTimer(const FineTimer&) = delete;
  FineTimer& operator=(const FineTimer&) = delete;

  // Once, at a time of monotonic_now(); at once where that has passed.  A running timer starts anew.
  void start_at(Nanos when);
  void stop();

 private:
  int fd_;
  std::function<void()> on_due_;
  Handle<uv_poll_t> poll_;
};

}  // namespace umbra::net
