// Loop: one libuv loop and its thread's shared things: the inbox of other threads' tasks, the list of
// objects that wait to die, the one buffer that all reads of the loop land in, and the one that bytes are
// decrypted into.
//
// Owned by a worker (or by control); everything but post() and inbox_closed tasks is for its own thread.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "umbra/net/handle.h"

namespace umbra::net {

// Something whose owner retires it from inside one of its own callbacks: quiet now, dead later.
class Retirable {
 public:
  virtual ~Retirable() = default;
};

class Loop {
 public:
  using Task = std::function<void()>;

  Loop();
  ~Loop();  // closes what is the loop's own and runs it dry; every other handle must be gone or going
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* uv() noexcept { return &uv_; }
  static Loop& of(uv_loop_t* loop) noexcept { return *static_cast<Loop*>(loop->data); }

  // Runs until nothing is left to wait for: listeners and sessions keep it alive, the inbox does too
  // until close_inbox().
  void run();
  void close_inbox();

  // The one call that other threads may make.  False once the inbox is closed; the task is then gone.
  bool post(Task task);

  // Takes the object's life: it dies when the callback under way has unwound.
  void retire(std::unique_ptr<Retirable> done);

  // 64 KiB; its bytes are valid until the read callback returns.
  uv_buf_t read_buffer() noexcept { return uv_buf_init(read_buffer_.get(), kReadBuffer); }
  static constexpr unsigned kReadBuffer = 64 * 1024;
  // As large, for what TLS makes of a read; made when it is first asked for.
  uv_buf_t plain_buffer();

 private:
  void drain_inbox();
  void bury();

  uv_loop_t uv_{};
  std::unique_ptr<char[]> read_buffer_;
  std::unique_ptr<char[]> plain_buffer_;
  Handle<uv_async_t> wakeup_;
  Handle<uv_idle_t> reaper_;
  std::vector<std::unique_ptr<Retirable>> retired_;
  std::mutex inbox_mutex_;
  std::vector<Task> inbox_;
  bool inbox_open_ = true;
};

}  // namespace umbra::net
