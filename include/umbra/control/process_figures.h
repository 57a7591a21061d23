// What the kernel knows of this process, read from /proc when it is asked for.
#pragma once

#include <cstdint>

namespace umbra::control {

// 0 where the kernel would not tell.
struct ProcessFigures {
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  double cpu_seconds = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
  double start_time_seconds = 0;  // since 1970

  static ProcessFigures read();
};

}  // namespace umbra::control
