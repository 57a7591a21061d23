// A Snapshot with something in everything, for the tests of the pages.
#pragma once

#include "umbra/control/snapshot.h"

namespace umbra::control {

inline metrics::ShadowCounters sample_shadow() {
  metrics::ShadowCounters shadow;
  shadow.seen = 5000;
  shadow.filtered = 20;
  shadow.sampled_out = 30;
  shadow.dropped[Drop::over_budget] = 1;
  shadow.completed = 4900;
  shadow.failed[Fail::timeout] = 9;
  shadow.in_flight = 40;
  shadow.resent = 2;
  shadow.redirects_followed = 6;
  shadow.status = {0, 0, 4800, 50, 40, 10};
  shadow.first_byte.record(2 * kMillisecond);
  shadow.last_byte.record(3 * kMillisecond);
  shadow.bytes_sent = 1000;
  shadow.bytes_received = 2000;
  shadow.connections_opened = 10;
  shadow.waiting = 7;
  shadow.held_bytes = 500;
  shadow.held_bytes_peak = 100'000;
  shadow.held_bytes_limit = 33'554'432;
  shadow.connections_open = 3;
  shadow.breakers_open = 1;
  shadow.pipelining = 1;
  return shadow;
}

inline Snapshot sample_snapshot() {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.uptime_seconds = 12.3;
  snapshot.state = State::running;
  snapshot.workers = 2;
  snapshot.workers_answered = 2;
  snapshot.listening = true;
  snapshot.app = "127.0.0.1:5000";
  snapshot.shadows = {{"next", "http://127.0.0.1:5001"}, {"other", "https://other", true, 250, true}};
  snapshot.mirror_off = true;
  snapshot.reloads = {3, 2, false, 1.75e9};
  auto& sessions = snapshot.total.sessions;
  sessions.opened = 100;
  sessions.closed = 97;
  sessions.client_resets = 4;
  sessions.app_resets = 5;
  sessions.app_connect_failed = 6;
  sessions.accept_paused = 8;
  sessions.bytes_from_clients = 11;
  sessions.bytes_to_clients = 12;
  sessions.live_unedited = 14;
  sessions.proxy_protocol_refused = 15;
  sessions.opaque[Opaque::tunnel] = 2;
  auto& live = snapshot.total.live;
  live.exchanges = 5000;
  live.ended = 4999;
  live.status = {1, 2, 4796, 100, 95, 5};
  for (const Nanos time : {1 * kMillisecond, 1 * kMillisecond, 4 * kMillisecond})
    live.first_byte.record(time);
  live.last_byte.record(5 * kMillisecond);
  snapshot.total.shadows = {sample_shadow(), {}};
  snapshot.total.shadows[1].stopped = 1;
  snapshot.total.access_log_lost = 13;
  snapshot.process = {1'000'000, 2'000'000, 1.5, 20, 1024, 1.7e9};
  return snapshot;
}

}  // namespace umbra::control
