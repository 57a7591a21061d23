// What a worker's relay needs to know.  Bounds first: everything that a stranger can make grow.
#pragma once

#include <cstddef>

#include "umbra/net/address.h"

namespace umbra::relay {

struct Options {
  net::Address app;
  size_t sessions_max = 0;  // per worker; accepting pauses there.  0: derived from RLIMIT_NOFILE
};

// Backpressure per flow (design, section 3): reading pauses above the high water, resumes below the low.
inline constexpr size_t kHighWater = 256 * 1024;
inline constexpr size_t kLowWater = 64 * 1024;
// A head up to this size is followed and copied; common servers stop at 8 to 64 KiB.
inline constexpr size_t kHeadMax = 64 * 1024;
// Requests of one connection whose answers are outstanding.
inline constexpr size_t kPendingMax = 256;

}  // namespace umbra::relay
