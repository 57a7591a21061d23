#include "umbra/control/status_page.h"

#include <array>

#include "umbra/control/shadow_json.h"

namespace umbra::control {
namespace {

constexpr std::array<std::string_view, 3> kStates{"starting", "running", "draining"};

Json sessions(const metrics::SessionCounters& of) {
  return {{"active", of.opened - of.closed},
          {"opened", of.opened},
          {"app_connect_failed", of.app_connect_failed},
          {"client_resets", of.client_resets},
          {"app_resets", of.app_resets},
          {"accept_paused", of.accept_paused},
          {"opaque", reasons_json(of.opaque, kOpaqueNames)}};
}

Json live(const metrics::WorkerCounters& of) {
  Json status = statuses_json(of.live.status);
  status["none"] = of.live.status[0];
  return {{"exchanges", of.live.exchanges},
          {"in_flight", of.live.exchanges - of.live.ended},
          {"status", std::move(status)},
          {"first_byte_seconds", durations_json(of.live.first_byte)},
          {"last_byte_seconds", durations_json(of.live.last_byte)},
          {"bytes",
           {{"from_clients", of.sessions.bytes_from_clients}, {"to_clients", of.sessions.bytes_to_clients}}}};
}

Json reloads(const Reloads& of) {
  return {{"succeeded", of.succeeded},
          {"failed", of.failed},
          {"last_succeeded", of.last_succeeded},
          {"loaded_at_seconds", of.loaded_at_seconds}};
}

// Null until a reload has removed one.
Json removed(const Snapshot& snapshot) {
  if (snapshot.removed_shadows == 0) return nullptr;
  Json out{{"shadows", snapshot.removed_shadows}};
  out.update(counters_json(snapshot.removed, snapshot.workers));
  return out;
}

}  // namespace

std::string status_page(const Snapshot& snapshot) {
  Json shadows = Json::array();
  for (size_t i = 0; i < snapshot.shadows.size(); ++i) {
    shadows.push_back(shadow_json(snapshot.shadows[i], snapshot.counters_of(i), snapshot.workers));
  }
  return text_of({{"version", snapshot.version},
                  {"uptime_seconds", rounded(snapshot.uptime_seconds)},
                  {"state", kStates[static_cast<size_t>(snapshot.state)]},
                  {"workers", snapshot.workers},
                  {"app", {{"address", snapshot.app}}},
                  {"sessions", sessions(snapshot.total.sessions)},
                  {"live", live(snapshot.total)},
                  {"mirror_off", snapshot.mirror_off},
                  {"shadows", std::move(shadows)},
                  {"removed", removed(snapshot)},
                  {"reloads", reloads(snapshot.reloads)},
                  {"access_log_lost", snapshot.total.access_log_lost},
                  {"process",
                   {{"resident_bytes", snapshot.process.resident_bytes},
                    {"cpu_seconds", rounded(snapshot.process.cpu_seconds)},
                    {"open_fds", snapshot.process.open_fds}}}});
}

}  // namespace umbra::control
