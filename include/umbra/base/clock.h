// Monotonic time in nanoseconds.  Policies (breaker, pipelining, histograms) take the time as an
// argument, so that their tests need no clock at all.
#pragma once

#include <cstdint>

namespace umbra {

using Nanos = uint64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

Nanos monotonic_now() noexcept;

}  // namespace umbra
