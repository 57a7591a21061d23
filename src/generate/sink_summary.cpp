#include "umbra/generate/sink_summary.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "umbra/generate/summary.h"

namespace umbra::generate {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}};

double seconds(Nanos time) { return static_cast<double>(time) / 1e9; }

std::string route_text(const std::string& name, const SinkRouteTally& route) {
  std::string text = fmt::format("{:<16} {} requests:", name, route.requests);
  for (const auto& [status, count] : route.answered) text += fmt::format("  {} {}", status, count);
  text += fmt::format("\n{:<16}", "");
  for (const auto& [label, quantile] : kQuantiles)
    text += fmt::format(" {} {:<8}", label, short_time(route.latency.quantile(quantile)));
  return text + fmt::format(" max {}\n", short_time(route.latency.max()));
}

nlohmann::ordered_json route_json(const std::string& name, const SinkRouteTally& route) {
  nlohmann::ordered_json statuses = nlohmann::ordered_json::object();
  for (const auto& [status, count] : route.answered) statuses[std::to_string(status)] = count;
  nlohmann::ordered_json latency{{"count", route.latency.count()}};
  if (route.latency.count() > 0) {
    latency["mean"] = seconds(route.latency.sum()) / static_cast<double>(route.latency.count());
    for (const auto& [label, quantile] : kQuantiles)
      latency[label] = seconds(route.latency.quantile(quantile));
    latency["max"] = seconds(route.latency.max());
  }
  return {{"route", name}, {"requests", route.requests}, {"statuses", statuses}, {"latency", latency}};
}

}  // namespace

// Routes that nobody has asked for are left out here.
std::string sink_summary_text(const SinkModel& model, uint64_t seed, const SinkOutcome& outcome) {
  const SinkTally& tally = outcome.tally;
  std::string text = fmt::format("{:<16} {}\n", "seed", seed);
  text += fmt::format("{:<16} {} answered, {} unanswered, {} refused, over {} connections in {}\n",
                      "requests", tally.answered(), tally.unanswered, tally.refused, tally.connections,
                      short_time(outcome.elapsed));
  for (size_t i = 0; i < tally.routes.size(); ++i) {
    if (tally.routes[i].requests > 0) text += route_text(model.name(i), tally.routes[i]);
  }
  return text;
}

std::string sink_summary_json(const SinkModel& model, uint64_t seed, const SinkOutcome& outcome) {
  const SinkTally& tally = outcome.tally;
  nlohmann::ordered_json routes = nlohmann::ordered_json::array();
  for (size_t i = 0; i < tally.routes.size(); ++i)
    routes.push_back(route_json(model.name(i), tally.routes[i]));
  const nlohmann::ordered_json all{
      {"seed", seed},
      {"seconds", seconds(outcome.elapsed)},
      {"connections", tally.connections},
      {"requests",
       {{"asked", tally.requests()}, {"answered", tally.answered()}, {"unanswered", tally.unanswered}}},
      {"refused", tally.refused},
      {"routes", routes}};
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace umbra::generate
