// UMBRA_CHECK: what only umbra itself can do wrong.  On in release builds too: a proxy that goes on
// with a broken invariant damages live bytes, one that stops is restarted by its supervisor.
#pragma once

namespace umbra {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace umbra

#define UMBRA_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::umbra::check_failed(#condition, __FILE__, __LINE__))
