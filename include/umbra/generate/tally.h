// Tally: what one thread of a run has counted and measured.  Tallies add up exactly.
//
// Two latencies of each request, since one of them alone deceives: from the time at which it was to be sent
// (what a user feels who comes whether or not the server is quick) and from the time at which it was.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "umbra/base/clock.h"
#include "umbra/metrics/histogram.h"

namespace umbra::generate {

// How a request failed.
enum class Failure : uint8_t {
  unresolved,
  connect_timeout,
  connect,  // refused, unreachable, out of descriptors or ports
  tls,
  timeout,  // no whole answer within --timeout
  closed,   // before its answer
  reset,
  protocol,  // the answer is none
  count
};
inline constexpr std::array<std::string_view, static_cast<size_t>(Failure::count)> kFailureNames{
    "unresolved", "connect_timeout", "connect", "tls", "timeout", "closed", "reset", "protocol"};

struct Tally {
  uint64_t begun = 0;       // iterations
  uint64_t dropped = 0;     // iterations that found all users busy
  uint64_t answered = 0;    // whole answers, of whatever status
  uint64_t missed = 0;      // arrivals that were due when the run ended and had not been begun
  uint64_t unanswered = 0;  // given up when the run ended
  std::array<uint64_t, static_cast<size_t>(Failure::count)> failed{};
  uint64_t bad_statuses = 0;           // answers with a status that was not expected
  std::array<uint64_t, 6> statuses{};  // by hundreds; 0: none of 100 to 599
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t connections = 0;
  Nanos last_begun = 0;  // the time of the last iteration's beginning

  // Of every request that ended, in whatever way: with the time it had waited.
  metrics::Histogram from_intended;
  metrics::Histogram from_sent;
  metrics::Histogram first_byte;  // from the time at which it was sent
  metrics::Histogram connecting;  // look-up and TCP
  metrics::Histogram handshakes;  // of TLS
  metrics::Histogram lag;         // how much later than intended a request was sent, or began to connect

  uint64_t& failures(Failure why) noexcept { return failed[static_cast<size_t>(why)]; }
  uint64_t all_failures() const noexcept;
  void add(const Tally& other) noexcept;
};

}  // namespace umbra::generate
