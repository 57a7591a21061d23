// The process's table of descriptors.
#pragma once

#include <cstdint>

namespace umbra::net {

// Makes the kernel's table large enough for `count` descriptors now.  It doubles the table when one does not
// fit, and in a process with threads the one that asked then waits for an RCU grace period (expand_fdtable in
// the kernel's fs/file.c): a worker stood still for 12 ms when its connections passed 256.  To be called
// before the first thread.  At most kReservedMax, 8 bytes of kernel memory each.
void reserve_descriptors(uint64_t count) noexcept;

inline constexpr uint64_t kReservedMax = 64 * 1024;

}  // namespace umbra::net
