#include "umbra/net/loop.h"

namespace umbra::net {

Loop::Loop() : read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBuffer)) {
  UMBRA_CHECK(uv_loop_init(&uv_) == 0);
  uv_.data = this;
  auto wakeup = Handle<uv_async_t>::open(&uv_, this, uv_async_init, [](uv_async_t* async) {
    if (auto* self = owner_of<Loop>(async)) self->drain_inbox();
  });
  auto reaper = Handle<uv_idle_t>::open(&uv_, this, uv_idle_init);
  UMBRA_CHECK(wakeup && reaper);
  wakeup_ = std::move(*wakeup);
  reaper_ = std::move(*reaper);
}

Loop::~Loop() {
  close_inbox();
  bury();
  reaper_.reset();
  uv_run(&uv_, UV_RUN_DEFAULT);
  UMBRA_CHECK(uv_loop_close(&uv_) == 0);
}

uv_buf_t Loop::plain_buffer() {
  if (!plain_buffer_) plain_buffer_ = std::make_unique_for_overwrite<char[]>(kReadBuffer);
  return uv_buf_init(plain_buffer_.get(), kReadBuffer);
}

void Loop::run() { uv_run(&uv_, UV_RUN_DEFAULT); }

void Loop::close_inbox() {
  const std::lock_guard lock(inbox_mutex_);
  inbox_open_ = false;
  wakeup_.reset();
}

bool Loop::post(Task task) {
  const std::lock_guard lock(inbox_mutex_);  // also keeps wakeup_ from closing under us
  if (!inbox_open_) return false;
  inbox_.push_back(std::move(task));
  uv_async_send(wakeup_.get());
  return true;
}

void Loop::drain_inbox() {  // libuv merges wake-ups: take all there is
  std::vector<Task> batch;
  {
    const std::lock_guard lock(inbox_mutex_);
    batch.swap(inbox_);
  }
  for (const Task& task : batch) task();
}

void Loop::retire(std::unique_ptr<Retirable> done) {
  retired_.push_back(std::move(done));
  if (!reaper_) return;  // the destructor buries once more
  uv_idle_start(reaper_.get(), [](uv_idle_t* idle) {
    if (auto* self = owner_of<Loop>(idle)) self->bury();
  });
}

void Loop::bury() {
  if (reaper_) uv_idle_stop(reaper_.get());
  while (!retired_.empty()) {  // destructors may retire more
    const auto batch = std::exchange(retired_, {});
  }
}

}  // namespace umbra::net
