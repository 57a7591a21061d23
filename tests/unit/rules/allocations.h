// How often this binary has called operator new.
#pragma once

#include <cstddef>

namespace umbra::rules {
size_t allocations() noexcept;
}
