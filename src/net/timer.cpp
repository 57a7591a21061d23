#include "umbra/net/timer.h"

namespace umbra::net {
namespace {

uint64_t to_millis(Nanos time) { return (time + kMillisecond - 1) / kMillisecond; }

void on_timer(uv_timer_t* timer) {
  if (auto* on_fired = owner_of<std::function<void()>>(timer)) (*on_fired)();
}

template <typename T>
void unref(T* handle) {
  uv_unref(reinterpret_cast<uv_handle_t*>(handle));
}

}  // namespace

Timer::Timer(Loop& loop, std::function<void()> on_fired) : on_fired_(std::move(on_fired)) {
  auto handle = Handle<uv_timer_t>::open(loop.uv(), &on_fired_, uv_timer_init);
  UMBRA_CHECK(handle);
  handle_ = std::move(*handle);
  unref(handle_.get());
}

void Timer::start_once(Nanos after) { uv_timer_start(handle_.get(), on_timer, to_millis(after), 0); }

void Timer::start_every(Nanos period) {
  uv_timer_start(handle_.get(), on_timer, to_millis(period), to_millis(period));
}

void Timer::stop() { uv_timer_stop(handle_.get()); }

bool Timer::running() const { return uv_is_active(reinterpret_cast<uv_handle_t*>(handle_.get())) != 0; }

TurnEnd::TurnEnd(Loop& loop, std::function<void()> on_turn_end) : on_turn_end_(std::move(on_turn_end)) {
  auto after = Handle<uv_check_t>::open(loop.uv(), this, uv_check_init);
  auto before = Handle<uv_prepare_t>::open(loop.uv(), this, uv_prepare_init);
  UMBRA_CHECK(after && before);
  after_sockets_ = std::move(*after);
  before_sleep_ = std::move(*before);
  uv_check_start(after_sockets_.get(), [](uv_check_t* check) {
    if (auto* self = owner_of<TurnEnd>(check)) self->fire();
  });
  uv_prepare_start(before_sleep_.get(), [](uv_prepare_t* prepare) {
    if (auto* self = owner_of<TurnEnd>(prepare)) self->fire();
  });
  unref(after_sockets_.get());
  unref(before_sleep_.get());
}

void TurnEnd::fire() {
  if (!std::exchange(armed_, false)) return;
  on_turn_end_();
}

}  // namespace umbra::net
