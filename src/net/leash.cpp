#include "umbra/net/leash.h"

#include <sys/socket.h>
#include <unistd.h>

namespace umbra::net {

Leash::Leash(Loop& loop, int fd, std::function<void()> on_let_go)
    : fd_(fd), on_let_go_(std::move(on_let_go)) {
  auto poll = Handle<uv_poll_t>::open(loop.uv(), this, uv_poll_init, fd_);
  UMBRA_CHECK(poll);
  poll_ = std::move(*poll);
  uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));
  // The starter writes nothing, so that it can be read means that it has ended.
  uv_poll_start(poll_.get(), UV_READABLE | UV_DISCONNECT, [](uv_poll_t* handle, int, int) {
    uv_poll_stop(handle);
    if (auto* self = owner_of<Leash>(handle)) self->on_let_go_();
  });
}

Leash::~Leash() {
  poll_.reset();
  ::close(fd_);
}

void Leash::report_sigterm() noexcept {
  constexpr char kSigterm = 'T';
  ::send(fd_, &kSigterm, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace umbra::net
