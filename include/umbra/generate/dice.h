// Dice: everything random in a run.
//
// A stream is named by what it is for (the run's seed, then for example a load and an iteration's number), so
// the n-th iteration throws the same whichever thread or instance runs it, and whatever others have thrown.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace umbra::generate {

class Dice {
 public:
  Dice(uint64_t seed, std::initializer_list<uint64_t> name) noexcept : state_(seed) {
    for (const uint64_t part : name) state_ = mixed(state_ + kStep) ^ mixed(part + kStep);
  }

  uint64_t next() noexcept { return mixed(state_ += kStep); }
  // [0, 1), in steps of 2^-53.
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  // SplitMix64 (Steele, Lea, Flood 2014).
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  static constexpr uint64_t mixed(uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace umbra::generate
