// Every latency of a run, kept exactly: a few million fit in memory, and a
// histogram's rounding would be one more thing to explain.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <vector>

namespace umbra::bench {

class Latencies {
 public:
  void record_ns(uint64_t ns) {
    constexpr uint64_t kMax = UINT32_MAX;
    ticks_.push_back(static_cast<uint32_t>(std::min(ns / kNsPerTick, kMax)));
  }

  uint64_t count() const { return ticks_.size(); }

  void print_json() {
    std::sort(ticks_.begin(), ticks_.end());
    std::printf(
        "{\"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"max\": %.1f, \"mean\": %.1f}",
        at(0.5), at(0.9), at(0.99), at(0.999), at(1.0), mean());
  }

 private:
  static constexpr uint64_t kNsPerTick = 100;
  static constexpr double kTicksPerUs = 10.0;

  double at(double share) const {
    if (ticks_.empty()) return 0;
    const auto index = static_cast<size_t>(share * static_cast<double>(ticks_.size()));
    return ticks_[std::min(index, ticks_.size() - 1)] / kTicksPerUs;
  }

  double mean() const {
    if (ticks_.empty()) return 0;
    const uint64_t sum = std::accumulate(ticks_.begin(), ticks_.end(), uint64_t{0});
    return static_cast<double>(sum) / static_cast<double>(ticks_.size()) / kTicksPerUs;
  }

  std::vector<uint32_t> ticks_;
};

}  // namespace umbra::bench
