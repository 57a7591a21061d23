#include "umbra/metrics/counters.h"

namespace umbra::metrics {
namespace {

void add_each(StatusCounts& to, const StatusCounts& from) noexcept {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

void SessionCounters::add(const SessionCounters& other) noexcept {
  opened += other.opened;
  closed += other.closed;
  client_resets += other.client_resets;
  app_resets += other.app_resets;
  app_connect_failed += other.app_connect_failed;
  accept_paused += other.accept_paused;
  bytes_from_clients += other.bytes_from_clients;
  bytes_to_clients += other.bytes_to_clients;
  live_unedited += other.live_unedited;
  proxy_protocol_refused += other.proxy_protocol_refused;
  opaque.add(other.opaque);
}

void LiveCounters::add(const LiveCounters& other) noexcept {
  exchanges += other.exchanges;
  ended += other.ended;
  add_each(status, other.status);
  first_byte.add(other.first_byte);
  last_byte.add(other.last_byte);
}

void ShadowCounters::add(const ShadowCounters& other) noexcept {
  seen += other.seen;
  filtered += other.filtered;
  sampled_out += other.sampled_out;
  dropped.add(other.dropped);
  completed += other.completed;
  failed.add(other.failed);
  in_flight += other.in_flight;
  resent += other.resent;
  redirects_followed += other.redirects_followed;
  add_each(status, other.status);
  first_byte.add(other.first_byte);
  last_byte.add(other.last_byte);
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  connections_opened += other.connections_opened;
  waiting += other.waiting;
  held_bytes += other.held_bytes;
  held_bytes_peak += other.held_bytes_peak;
  held_bytes_limit += other.held_bytes_limit;
  connections_open += other.connections_open;
  breakers_open += other.breakers_open;
  pipelining += other.pipelining;
  stopped += other.stopped;
}

void ShadowCounters::clear_levels() noexcept {
  waiting = 0;
  held_bytes = 0;
  held_bytes_peak = 0;
  held_bytes_limit = 0;
  connections_open = 0;
  breakers_open = 0;
  pipelining = 0;
  stopped = 0;
}

void WorkerCounters::add(const WorkerCounters& other) {
  sessions.add(other.sessions);
  live.add(other.live);
  if (shadows.size() < other.shadows.size()) shadows.resize(other.shadows.size());
  for (size_t i = 0; i < other.shadows.size(); ++i) shadows[i].add(other.shadows[i]);
  access_log_lost += other.access_log_lost;
}

}  // namespace umbra::metrics
