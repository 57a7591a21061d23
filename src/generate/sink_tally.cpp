#include "umbra/generate/sink_tally.h"

namespace umbra::generate {

uint64_t SinkTally::requests() const noexcept {
  uint64_t all = 0;
  for (const SinkRouteTally& route : routes) all += route.requests;
  return all;
}

uint64_t SinkTally::answered() const noexcept {
  uint64_t all = 0;
  for (const SinkRouteTally& route : routes) {
    for (const auto& [status, count] : route.answered) all += count;
  }
  return all;
}

void SinkTally::add(const SinkTally& other) {
  if (routes.size() < other.routes.size()) routes.resize(other.routes.size());
  for (size_t i = 0; i < other.routes.size(); ++i) {
    routes[i].requests += other.routes[i].requests;
    for (const auto& [status, count] : other.routes[i].answered) routes[i].answered[status] += count;
    routes[i].latency.add(other.routes[i].latency);
  }
  unanswered += other.unanswered;
  refused += other.refused;
  connections += other.connections;
}

}  // namespace umbra::generate
