#include "umbra/generate/summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace umbra::generate {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}};

double seconds(Nanos time) { return static_cast<double>(time) / 1e9; }

std::string latency_line(const char* name, const metrics::Histogram& times) {
  if (times.count() == 0) return "";
  std::string line = fmt::format("{:<16}", name);
  for (const auto& [label, quantile] : kQuantiles) {
    line += fmt::format(" {} {:<8}", label, short_time(times.quantile(quantile)));
  }
  return line + fmt::format(" max {}\n", short_time(times.max()));
}

std::string counted_statuses(const Tally& tally) {
  std::string text;
  for (size_t i = 1; i < tally.statuses.size(); ++i) {
    if (tally.statuses[i] > 0) text += fmt::format("  {}xx {}", i, tally.statuses[i]);
  }
  if (tally.statuses[0] > 0) text += fmt::format("  other {}", tally.statuses[0]);
  return text;
}

std::string counted_failures(const Tally& tally) {
  std::string text;
  for (size_t i = 0; i < tally.failed.size(); ++i) {
    if (tally.failed[i] > 0) text += fmt::format("  {} {}", kFailureNames[i], tally.failed[i]);
  }
  return text;
}

nlohmann::ordered_json latency_json(const metrics::Histogram& times) {
  nlohmann::ordered_json all{{"count", times.count()}};
  if (times.count() == 0) return all;
  all["mean"] = seconds(times.sum()) / static_cast<double>(times.count());
  for (const auto& [label, quantile] : kQuantiles) all[label] = seconds(times.quantile(quantile));
  all["max"] = seconds(times.max());
  return all;
}

std::string rate_text(const Outcome& outcome) {
  if (outcome.asked <= 0) return fmt::format("{:.1f}/s", outcome.achieved_rate());
  return fmt::format("{:.1f}/s asked, {:.1f}/s achieved ({:.2f} %)", outcome.asked_rate(),
                     outcome.achieved_rate(), 100 * outcome.rate_ratio());
}

}  // namespace

std::string short_time(Nanos time) {
  struct Unit {
    Nanos size;
    const char* name;
  };
  for (const Unit& unit : {Unit{kSecond, "s"}, Unit{kMillisecond, "ms"}, Unit{kMicrosecond, "us"}}) {
    if (time < unit.size) continue;
    const double value = static_cast<double>(time) / static_cast<double>(unit.size);
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, digits, unit.name);
  }
  return fmt::format("{} ns", time);
}

std::string summary_text(const Heading& heading, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  std::string text = fmt::format("{:<16} {} {}\n", "target", heading.method, heading.target);
  text += fmt::format("{:<16} {}, seed {}\n", "load", heading.load, heading.seed);
  text += fmt::format("{:<16} {} begun: {} answered, {} failed, {} unanswered", "iterations", tally.begun,
                      tally.answered, tally.all_failures(), tally.unanswered);
  text += fmt::format("; not begun: {} dropped, {} missed\n", tally.dropped, tally.missed);
  text += fmt::format("{:<16} {}\n", "rate", rate_text(outcome));
  text += latency_line("from intended", tally.from_intended);
  text += latency_line("from sent", tally.from_sent);
  text += latency_line("first byte", tally.first_byte);
  text += latency_line("connecting", tally.connecting);
  text += latency_line("TLS handshake", tally.handshakes);
  text += latency_line("schedule lag", tally.lag);
  text += fmt::format("{:<16}{}{}\n", "statuses", counted_statuses(tally),
                      tally.bad_statuses > 0 ? fmt::format("  ({} not expected)", tally.bad_statuses) : "");
  if (tally.all_failures() > 0) text += fmt::format("{:<16}{}\n", "failures", counted_failures(tally));
  text += fmt::format("{:<16} {} sent, {} received, over {} connections\n", "bytes", tally.bytes_sent,
                      tally.bytes_received, tally.connections);
  if (!outcome.valid()) {
    text += fmt::format("INVALID          the load was not held: {:.2f} % of the rate that was asked for\n",
                        100 * outcome.rate_ratio());
  }
  return text;
}

std::string summary_json(const Heading& heading, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  nlohmann::ordered_json failures = nlohmann::ordered_json::object();
  for (size_t i = 0; i < tally.failed.size(); ++i) failures[std::string(kFailureNames[i])] = tally.failed[i];
  nlohmann::ordered_json statuses = nlohmann::ordered_json::object();
  for (size_t i = 1; i < tally.statuses.size(); ++i) statuses[fmt::format("{}xx", i)] = tally.statuses[i];
  statuses["other"] = tally.statuses[0];
  const nlohmann::ordered_json all{
      {"target", heading.target},
      {"method", heading.method},
      {"load", heading.load},
      {"seed", heading.seed},
      {"valid", outcome.valid()},
      {"interrupted", outcome.interrupted != 0},
      {"seconds", seconds(outcome.measured)},
      {"rate",
       {{"asked", outcome.asked_rate()},
        {"achieved", outcome.achieved_rate()},
        {"ratio", outcome.rate_ratio()}}},
      {"iterations",
       {{"begun", tally.begun},
        {"answered", tally.answered},
        {"failed", tally.all_failures()},
        {"unanswered", tally.unanswered},
        {"dropped", tally.dropped},
        {"missed", tally.missed}}},
      {"latency",
       {{"from_intended", latency_json(tally.from_intended)},
        {"from_sent", latency_json(tally.from_sent)},
        {"first_byte", latency_json(tally.first_byte)},
        {"connecting", latency_json(tally.connecting)},
        {"tls_handshake", latency_json(tally.handshakes)}}},
      {"schedule_lag", latency_json(tally.lag)},
      {"statuses", statuses},
      {"unexpected_statuses", tally.bad_statuses},
      {"failures", failures},
      {"bytes", {{"sent", tally.bytes_sent}, {"received", tally.bytes_received}}},
      {"connections", tally.connections}};
  // A URL may hold bytes that are no UTF-8.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace umbra::generate
