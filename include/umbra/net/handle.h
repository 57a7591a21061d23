// Handle<T>: sole owner of one libuv handle.
//
// libuv uses a handle's memory until its close callback has run, so the memory outlives this object:
// the destructor asks for the close, the close callback frees.  From then on `data` is null, and every
// callback finds no owner and returns.
#pragma once

#include <uv.h>

#include <memory>
#include <utility>

#include "umbra/net/uv_error.h"

namespace umbra::net {

template <typename T>
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, nullptr);
    }
    return *this;
  }
  ~Handle() { reset(); }

  // `init` is uv_tcp_init, uv_timer_init, ...; when it fails, libuv has kept nothing.  `owner` is what
  // owner_of() returns in callbacks; it must not move.
  template <typename Init, typename... Args>
  static Result<Handle> open(uv_loop_t* loop, void* owner, Init init, Args... args) {
    auto memory = std::make_unique<T>();
    if (const int rc = init(loop, memory.get(), args...); rc < 0) return uv_failure(rc);
    memory->data = owner;
    return Handle(memory.release());
  }

  void reset() noexcept {
    T* raw = std::exchange(raw_, nullptr);
    if (raw == nullptr) return;
    raw->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(raw), free_closed);
  }
  T* get() const noexcept { return raw_; }
  // For a close other than uv_close (uv_tcp_close_reset); the caller passes free_closed to it.
  T* release() noexcept {
    if (raw_) raw_->data = nullptr;
    return std::exchange(raw_, nullptr);
  }
  static void free_closed(uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); }
  explicit operator bool() const noexcept { return raw_ != nullptr; }

 private:
  explicit Handle(T* raw) noexcept : raw_(raw) {}
  T* raw_ = nullptr;
};

// The owner, or null once it has let go.
template <typename Owner, typename T>
Owner* owner_of(T* handle) noexcept {
  return static_cast<Owner*>(handle->data);
}

}  // namespace umbra::net
