#include "support/pulse.h"

#include <fmt/format.h>

namespace umbra::support {

Pulse::Pulse() : thread_([this] { beat(); }) {}

Pulse::~Pulse() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
  if (steady()) return;
  fmt::print(stderr, "This machine stood still for {} ms: times were not judged.\n",
             std::chrono::duration_cast<Millis>(longest_.load()).count());
}

void Pulse::beat() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto due = Clock::now() + kBeat;
    stopped_.wait_until(lock, due, [this] { return stopping_; });
    const auto late = Clock::now() - due;
    if (late > longest_.load()) longest_ = late;
  }
}

}  // namespace umbra::support
