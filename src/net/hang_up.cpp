#include "umbra/net/hang_up.h"

#include <unistd.h>

namespace umbra::net {

HangUpWatch::HangUpWatch(Loop& loop, int fd, std::function<void()> on_hang_up)
    : fd_(fd), on_hang_up_(std::move(on_hang_up)) {
  auto poll = Handle<uv_poll_t>::open(loop.uv(), this, uv_poll_init, fd_);
  UMBRA_CHECK(poll);
  poll_ = std::move(*poll);
  uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));
  // Nothing is ever written to it, so that it can be read means that it has ended.
  uv_poll_start(poll_.get(), UV_READABLE | UV_DISCONNECT, [](uv_poll_t* handle, int, int) {
    uv_poll_stop(handle);
    if (auto* self = owner_of<HangUpWatch>(handle)) self->on_hang_up_();
  });
}

HangUpWatch::~HangUpWatch() {
  poll_.reset();
  ::close(fd_);
}

}  // namespace umbra::net
