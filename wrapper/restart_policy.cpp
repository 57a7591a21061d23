#include "wrapper/restart_policy.h"

#include <algorithm>

namespace umbra::wrapper {

RestartPolicy::Restart RestartPolicy::on_end(Nanos now, bool refused) {
  while (!ends_.empty() && now - ends_.front() >= kWithin) ends_.pop_front();
  ends_.push_back(now);
  const bool too_often = ends_.size() >= kEndsMax;
  if ((refused || too_often) && step_down()) {
    ends_.clear();
    return {0, true};
  }
  Nanos delay = 0;
  for (size_t i = 1; i < ends_.size() && delay < kLastDelay; ++i)
    delay = delay == 0 ? kSecondDelay : 4 * delay;
  return {std::min(delay, kLastDelay), false};
}

bool RestartPolicy::step_down() noexcept {
  if (mode_ == Mode::bare) return false;
  mode_ = mode_ == Mode::full ? Mode::safe : Mode::bare;
  return true;
}

}  // namespace umbra::wrapper
