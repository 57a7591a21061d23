#include "umbra/config/gor_shadows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "umbra/config/gor_options.h"
#include "umbra/net/same_place.h"

namespace umbra::config {
namespace {

Place place_in(const std::string& file, unsigned line, unsigned column) {
  return {Place::Source::file, file, line, column};
}

void take_problems(const std::string& file, std::vector<GorProblem>& found, Resolved& resolved) {
  for (GorProblem& problem : found) {
    auto& into = problem.severity == GorProblem::Severity::warning ? resolved.warnings : resolved.problems;
    into.push_back({place_in(file, problem.line, problem.column), std::move(problem.option),
                    problem.value.empty() ? "" : quoted(problem.value), std::move(problem.text)});
  }
}

// Why the shadow cannot be beside the others; empty: it can.
std::string clash(const mirror::ShadowOptions& shadow, const ProxyOptions& options) {
  const auto& all = options.mirror.shadows;
  if (all.size() >= mirror::kShadowsMax) {
    return fmt::format("at most {} shadows are expected in all", mirror::kShadowsMax);
  }
  if (std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.name == shadow.name; })) {
    return fmt::format("the configuration has a shadow named '{}' too; another name there is expected",
                       shadow.name);
  }
  for (const net::Address& listen : options.listen) {
    if (net::would_reach(shadow.address, listen)) {
      return fmt::format("umbra itself listens there ({}); another address is expected", listen.text());
    }
  }
  return "";
}

}  // namespace

void add_gor_shadows(const std::string& file, const Place& named, const Surroundings& surroundings,
                     Resolved& resolved) {
  const FileText text = surroundings.file(file);
  if (!text || !*text) {
    resolved.problems.push_back(
        {named, "gor_options", quoted(file), text ? text->error().detail : "a file that exists is expected"});
    return;
  }
  GorOptions gor = parse_gor_options(**text, surroundings.variable);
  take_problems(file, gor.problems, resolved);
  for (mirror::ShadowOptions& shadow : gor.shadows) {
    if (std::string why = clash(shadow, resolved.options); !why.empty()) {
      resolved.problems.push_back(
          {place_in(file, 0, 0), "--output-http", quoted(shadow.url), std::move(why)});
      continue;
    }
    const size_t index = resolved.options.mirror.shadows.size();
    resolved.settings.push_back({fmt::format("shadows[{}].name", index), shadow.name, place_in(file, 0, 0)});
    resolved.settings.push_back({fmt::format("shadows[{}].url", index), shadow.url, place_in(file, 0, 0)});
    resolved.options.mirror.shadows.push_back(std::move(shadow));
  }
  if (gor.verbose && resolved.options.log_level == LogLevel::info) {
    resolved.options.log_level = LogLevel::debug;
  }
}

}  // namespace umbra::config
