#include "umbra/control/status_page.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace umbra::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kStates{"starting", "running", "draining"};

double seconds(Nanos time) { return static_cast<double>(time) / static_cast<double>(kSecond); }

// Microseconds are what a mean is good for; the rest would only be noise to read.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json durations(const metrics::Histogram& of) {
  const double mean = of.count() == 0 ? 0 : seconds(of.sum()) / static_cast<double>(of.count());
  return {{"count", of.count()},
          {"mean", rounded(mean)},
          {"p50", seconds(of.quantile(0.5))},
          {"p90", seconds(of.quantile(0.9))},
          {"p99", seconds(of.quantile(0.99))},
          {"p999", seconds(of.quantile(0.999))},
          {"max", seconds(of.max())}};
}

// Only the reasons that happened; an empty object when none did.
template <typename Reason, size_t N>
Json reasons(const CountsBy<Reason>& counts, const std::array<std::string_view, N>& names) {
  Json out = Json::object();
  for (size_t i = 0; i < N; ++i) {
    if (const uint64_t count = counts[static_cast<Reason>(i)]; count > 0) out[std::string(names[i])] = count;
  }
  return out;
}

Json statuses(const metrics::StatusCounts& counts) {
  Json out = Json::object();
  for (size_t i = 1; i < counts.size(); ++i) out[std::string(metrics::kStatusNames[i])] = counts[i];
  return out;
}

Json sessions(const metrics::SessionCounters& of) {
  return {{"active", of.opened - of.closed},
          {"opened", of.opened},
          {"app_connect_failed", of.app_connect_failed},
          {"client_resets", of.client_resets},
          {"app_resets", of.app_resets},
          {"accept_paused", of.accept_paused},
          {"opaque", reasons(of.opaque, kOpaqueNames)}};
}

Json live(const metrics::WorkerCounters& of) {
  Json status = statuses(of.live.status);
  status["none"] = of.live.status[0];
  return {{"exchanges", of.live.exchanges},
          {"in_flight", of.live.exchanges - of.live.ended},
          {"status", std::move(status)},
          {"first_byte_seconds", durations(of.live.first_byte)},
          {"last_byte_seconds", durations(of.live.last_byte)},
          {"bytes",
           {{"from_clients", of.sessions.bytes_from_clients}, {"to_clients", of.sessions.bytes_to_clients}}}};
}

std::string_view breaker(uint64_t open, unsigned workers) {
  if (open == 0) return "closed";
  return open < workers ? "partly_open" : "open";
}

Json shadow(const ShadowIdentity& who, const metrics::ShadowCounters& of, unsigned workers) {
  return {{"name", who.name},
          {"url", who.url},
          {"seen", of.seen},
          {"filtered", of.filtered},
          {"sampled_out", of.sampled_out},
          {"dropped", reasons(of.dropped, kDropNames)},
          {"completed", of.completed},
          {"failed", reasons(of.failed, kFailNames)},
          {"in_flight", of.in_flight},
          {"resent", of.resent},
          {"status", statuses(of.status)},
          {"first_byte_seconds", durations(of.first_byte)},
          {"last_byte_seconds", durations(of.last_byte)},
          {"held_bytes", of.held_bytes},
          {"held_bytes_peak", of.held_bytes_peak},
          {"held_bytes_limit", of.held_bytes_limit},
          {"waiting", of.waiting},
          {"bytes", {{"sent", of.bytes_sent}, {"received", of.bytes_received}}},
          {"connections", {{"open", of.connections_open}, {"opened", of.connections_opened}}},
          {"breaker", breaker(of.breakers_open, workers)},
          {"pipelining", of.pipelining > 0}};
}

}  // namespace

std::string status_page(const Snapshot& snapshot) {
  Json shadows = Json::array();
  for (size_t i = 0; i < snapshot.shadows.size(); ++i) {
    shadows.push_back(shadow(snapshot.shadows[i], snapshot.counters_of(i), snapshot.workers));
  }
  const Json page{{"version", snapshot.version},
                  {"uptime_seconds", rounded(snapshot.uptime_seconds)},
                  {"state", kStates[static_cast<size_t>(snapshot.state)]},
                  {"workers", snapshot.workers},
                  {"app", {{"address", snapshot.app}}},
                  {"sessions", sessions(snapshot.total.sessions)},
                  {"live", live(snapshot.total)},
                  {"shadows", std::move(shadows)},
                  {"access_log_lost", snapshot.total.access_log_lost},
                  {"process",
                   {{"resident_bytes", snapshot.process.resident_bytes},
                    {"cpu_seconds", rounded(snapshot.process.cpu_seconds)},
                    {"open_fds", snapshot.process.open_fds}}}};
  // A unix socket's path may hold any bytes; what is not UTF-8 is replaced.
  return page.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace umbra::control
