// Timer: one uv_timer.  TurnEnd: a hook that runs once at the end of each turn of the loop in which it
// was armed, after all sockets have been served and before the loop sleeps.
#pragma once

#include <functional>

#include "umbra/base/clock.h"
#include "umbra/net/loop.h"

namespace umbra::net {

class Timer {
 public:
  // Neither timer keeps the loop alive: what it watches does.
  Timer(Loop& loop, std::function<void()> on_fired);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Rounded up to libuv's milliseconds.  A running timer starts anew.
  void start_once(Nanos after);
  void start_every(Nanos period);
  void stop();
  bool running() const;

 private:
  std::function<void()> on_fired_;
  Handle<uv_timer_t> handle_;
};

class TurnEnd {
 public:
  TurnEnd(Loop& loop, std::function<void()> on_turn_end);
  TurnEnd(const TurnEnd&) = delete;
  TurnEnd& operator=(const TurnEnd&) = delete;

  void arm() noexcept { armed_ = true; }

 private:
  void fire();

  std::function<void()> on_turn_end_;
  bool armed_ = false;
  Handle<uv_check_t> after_sockets_;
  // What timers armed must not wait for the next socket event: uv_prepare runs before the sleep.
  Handle<uv_prepare_t> before_sleep_;
};

}  // namespace umbra::net
