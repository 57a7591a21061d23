#include "umbra/generate/tally.h"

#include <algorithm>
#include <numeric>

namespace umbra::generate {

uint64_t Tally::all_failures() const noexcept {
  return std::accumulate(failed.begin(), failed.end(), uint64_t{0});
}

void Tally::add(const Tally& other) noexcept {
  begun += other.begun;
  missed += other.missed;
  dropped += other.dropped;
  answered += other.answered;
  unanswered += other.unanswered;
  for (size_t i = 0; i < failed.size(); ++i) failed[i] += other.failed[i];
  for (size_t i = 0; i < statuses.size(); ++i) statuses[i] += other.statuses[i];
  bad_statuses += other.bad_statuses;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  connections += other.connections;
  last_begun = std::max(last_begun, other.last_begun);
  from_intended.add(other.from_intended);
  from_sent.add(other.from_sent);
  first_byte.add(other.first_byte);
  connecting.add(other.connecting);
  handshakes.add(other.handshakes);
  lag.add(other.lag);
}

}  // namespace umbra::generate
