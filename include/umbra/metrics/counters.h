// The counters of one worker: plain integers that its own thread alone writes.  Control asks each
// worker for a copy and adds them up (design, section 7); nothing here is atomic or locked.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "umbra/base/reason.h"
#include "umbra/metrics/histogram.h"

namespace umbra::metrics {

// Index 0: no status (the answer was never seen); 1..5: 1xx..5xx.  A status outside 100..599 counts as
// 5xx (RFC 9110, section 15).
using StatusCounts = std::array<uint64_t, 6>;
inline constexpr std::array<std::string_view, 6> kStatusNames{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr size_t status_class(unsigned status) noexcept {
  if (status == 0) return 0;
  return status >= 100 && status < 600 ? status / 100 : 5;
}

struct SessionCounters {
  uint64_t opened = 0;
  uint64_t closed = 0;  // active = opened - closed
  uint64_t client_resets = 0;
  uint64_t app_resets = 0;
  uint64_t app_connect_failed = 0;  // sessions whose app could not be connected
  uint64_t accept_paused = 0;       // times that accepting paused for want of descriptors
  uint64_t bytes_from_clients = 0;
  uint64_t bytes_to_clients = 0;
  uint64_t live_unedited = 0;           // sessions with bytes that a live edit could not be made in
  uint64_t proxy_protocol_refused = 0;  // sessions closed for want of a sound PROXY header
  CountsBy<Opaque> opaque;
  void add(const SessionCounters& other) noexcept;
};

struct LiveCounters {
  uint64_t exchanges = 0;  // requests whose head was followed
  uint64_t ended = 0;      // of these, those whose answer or connection has ended
  StatusCounts status{};
  Histogram first_byte;  // from the head's first byte in to the final answer's first byte
  Histogram last_byte;   // ... to its last byte
  void add(const LiveCounters& other) noexcept;
};

// seen = filtered + sampled_out + dropped.sum() + completed + failed.sum() + in_flight, always.
struct ShadowCounters {
  uint64_t seen = 0;
  uint64_t filtered = 0;
  uint64_t sampled_out = 0;
  CountsBy<Drop> dropped;
  uint64_t completed = 0;
  CountsBy<Fail> failed;
  uint64_t in_flight = 0;

  uint64_t resent = 0;              // safe copies sent once more after a pipelining connection closed
  uint64_t redirects_followed = 0;  // further requests of copies that are counted once, by their last answer
  StatusCounts status{};
  Histogram first_byte;  // from the copy's hand-over to a connection
  Histogram last_byte;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t connections_opened = 0;

  // Levels, not counts; merged by addition too (each worker holds its own part).
  uint64_t waiting = 0;
  uint64_t held_bytes = 0;
  uint64_t held_bytes_peak = 0;
  uint64_t held_bytes_limit = 0;
  uint64_t connections_open = 0;
  uint64_t breakers_open = 0;  // workers whose breaker is open
  uint64_t pipelining = 0;     // workers that batch for this shadow
  uint64_t stopped = 0;        // workers whose stop_when keeps copies from it
  void add(const ShadowCounters& other) noexcept;
  // The shadow has ended: it holds nothing any more, and may not.
  void clear_levels() noexcept;
  uint64_t accounted() const noexcept {
    return filtered + sampled_out + dropped.sum() + completed + failed.sum() + in_flight;
  }
};

struct WorkerCounters {
  SessionCounters sessions;
  LiveCounters live;
  std::vector<ShadowCounters> shadows;  // in the order of the options
  uint64_t access_log_lost = 0;
  void add(const WorkerCounters& other);
};

}  // namespace umbra::metrics
