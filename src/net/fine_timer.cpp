#include "umbra/net/fine_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

namespace umbra::net {

FineTimer::FineTimer(Loop& loop, std::function<void()> on_due)
    : fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)), on_due_(std::move(on_due)) {
  UMBRA_CHECK(fd_ >= 0);
  auto poll = Handle<uv_poll_t>::open(loop.uv(), this, uv_poll_init, fd_);
  UMBRA_CHECK(poll);
  poll_ = std::move(*poll);
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    auto* self = owner_of<FineTimer>(handle);
    uint64_t times = 0;
    if (self != nullptr && ::read(self->fd_, &times, sizeof times) == sizeof times) self->on_due_();
  });
}

FineTimer::~FineTimer() {
  poll_.reset();
  ::close(fd_);
}

void FineTimer::start_at(Nanos when) {
  when = std::max<Nanos>(when, 1);  // 0 would disarm it
  const itimerspec once{{}, {static_cast<time_t>(when / kSecond), static_cast<long>(when % kSecond)}};
  ::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &once, nullptr);
}

void FineTimer::stop() {
  const itimerspec never{};
  ::timerfd_settime(fd_, 0, &never, nullptr);
}

}  // namespace umbra::net
