// SinkTally: what one thread of the sink has counted.  Tallies add up exactly:
// requests() = answered() + unanswered.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "umbra/metrics/histogram.h"

namespace umbra::generate {

struct SinkRouteTally {
  uint64_t requests = 0;
  std::map<unsigned, uint64_t> answered;  // by status
  metrics::Histogram latency;             // as it was drawn
};

struct SinkTally {
  std::vector<SinkRouteTally> routes;  // the model's, and behind them the default
  uint64_t unanswered = 0;             // whose connection ended before its answer was due
  uint64_t refused = 0;                // what was no HTTP/1 request
  uint64_t connections = 0;

  uint64_t requests() const noexcept;
  uint64_t answered() const noexcept;
  void add(const SinkTally& other);
};

}  // namespace umbra::generate
