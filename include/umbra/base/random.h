// Random: a fast generator for decisions that nobody gains by predicting (samples, probe times).  Each worker
// has its own.  Not for secrets.
#pragma once

#include <cstdint>

namespace umbra {

// A seed from the system.
uint64_t random_seed() noexcept;

// SplitMix64 (Steele, Lea, Flood 2014): every 64-bit value once in its period.
class Random {
 public:
  explicit Random(uint64_t seed) noexcept : state_(seed) {}
  uint64_t next() noexcept {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

}  // namespace umbra
