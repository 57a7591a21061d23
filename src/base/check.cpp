#include "umbra/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace umbra {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "umbra: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace umbra
