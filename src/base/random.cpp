#include "umbra/base/random.h"

#include <sys/random.h>

#include "umbra/base/clock.h"

namespace umbra {

uint64_t random_seed() noexcept {
  uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof seed))
    seed = monotonic_now();
  return seed;
}

}  // namespace umbra
