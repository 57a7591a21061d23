// eventually: asks again and again until the answer is yes or the time is over.
//
// For what nothing tells of: counters of umbra, numbers in /proc.  What an origin has seen can be waited for
// without asking (ScriptedOrigin::wait_for).
#pragma once

#include <poll.h>

#include "support/wire.h"

namespace umbra::support {

template <typename Predicate>
bool eventually(Predicate&& holds, Millis patience = kPatience) {
  const auto deadline = Clock::now() + patience;
  while (!holds()) {
    if (Clock::now() > deadline) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

}  // namespace umbra::support
