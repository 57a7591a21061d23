#include "umbra/control/shadow_json.h"

#include <cmath>

namespace umbra::control {
namespace {

double seconds(Nanos time) { return static_cast<double>(time) / static_cast<double>(kSecond); }

std::string_view breaker(uint64_t open, unsigned workers) {
  if (open == 0) return "closed";
  return open < workers ? "partly_open" : "open";
}

Json percent_json(const std::optional<uint32_t>& hundredths) {
  if (!hundredths) return nullptr;
  if (*hundredths % 100 == 0) return *hundredths / 100;
  return static_cast<double>(*hundredths) / 100;
}

}  // namespace

double rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json durations_json(const metrics::Histogram& of) {
  const double mean = of.count() == 0 ? 0 : seconds(of.sum()) / static_cast<double>(of.count());
  return {{"count", of.count()},
          {"mean", rounded(mean)},
          {"p50", seconds(of.quantile(0.5))},
          {"p90", seconds(of.quantile(0.9))},
          {"p99", seconds(of.quantile(0.99))},
          {"p999", seconds(of.quantile(0.999))},
          {"max", seconds(of.max())}};
}

Json statuses_json(const metrics::StatusCounts& counts) {
  Json out = Json::object();
  for (size_t i = 1; i < counts.size(); ++i) out[std::string(metrics::kStatusNames[i])] = counts[i];
  return out;
}

Json counters_json(const metrics::ShadowCounters& of, unsigned workers) {
  return {{"seen", of.seen},
          {"filtered", of.filtered},
          {"sampled_out", of.sampled_out},
          {"dropped", reasons_json(of.dropped, kDropNames)},
          {"completed", of.completed},
          {"failed", reasons_json(of.failed, kFailNames)},
          {"in_flight", of.in_flight},
          {"resent", of.resent},
          {"redirects_followed", of.redirects_followed},
          {"status", statuses_json(of.status)},
          {"first_byte_seconds", durations_json(of.first_byte)},
          {"last_byte_seconds", durations_json(of.last_byte)},
          {"held_bytes", of.held_bytes},
          {"held_bytes_peak", of.held_bytes_peak},
          {"held_bytes_limit", of.held_bytes_limit},
          {"waiting", of.waiting},
          {"bytes", {{"sent", of.bytes_sent}, {"received", of.bytes_received}}},
          {"connections", {{"open", of.connections_open}, {"opened", of.connections_opened}}},
          {"breaker", breaker(of.breakers_open, workers)},
          {"pipelining", of.pipelining > 0}};
}

Json shadow_json(const ShadowIdentity& who, const metrics::ShadowCounters& counters, unsigned workers) {
  Json out{{"name", who.name},
           {"url", who.url},
           {"paused", who.paused},
           {"percent", percent_json(who.percent)},
           {"stopped", counters.stopped > 0},
           {"insecure_tls", who.insecure_tls}};
  out.update(counters_json(counters, workers));
  return out;
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace umbra::control
