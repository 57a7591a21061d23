#include "umbra/config/gor_shadows.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/gor_flags.h"
#include "umbra/config/gor_listing.h"
#include "umbra/net/same_place.h"

namespace umbra::config {
namespace {

Place place_in(const std::string& file, unsigned line, unsigned column) {
  return {Place::Source::file, file, line, column};
}

// The name reads like that of an option that umbra acts on, a filter perhaps: without it more would be sent.
bool may_be_misspelt(std::string_view option) {
  std::vector<std::string_view> names;
  for (const GorFlag& flag : gor_flags()) {
    if (flag.instead.empty()) names.push_back(flag.name);
  }
  option.remove_prefix(std::min(option.find_first_not_of('-'), option.size()));
  return !nearest(option, names).empty();
}

void take_problems(const std::string& file, GorUnknown unknown, std::vector<GorProblem>& found,
                   Resolved& resolved) {
  for (GorProblem& problem : found) {
    const bool passed_over = unknown == GorUnknown::warning &&
                             problem.severity == GorProblem::Severity::unknown && !problem.option.empty() &&
                             !may_be_misspelt(problem.option);
    if (passed_over) problem.text.insert(0, "passed over: ");
    const bool warning = passed_over || problem.severity == GorProblem::Severity::warning;
    auto& into = warning ? resolved.warnings : resolved.problems;
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

std::optional<Place> GorShadows::first() const {
  if (options.shadows.empty()) return std::nullopt;
  return places_of(*this).front();
}

GorShadows read_gor_shadows(const std::string& file, const Place& named, GorUnknown unknown,
                            const Surroundings& surroundings, Resolved& resolved) {
  const FileText text = surroundings.file(file);
  if (!text || !*text) {
    resolved.problems.push_back(
        {named, "gor_options", quoted(file), text ? text->error().detail : "a file that exists is expected"});
    return {};
  }
  GorShadows gor{file, parse_gor_options(**text, surroundings.variable)};
  take_problems(file, unknown, gor.options.problems, resolved);
  return gor;
}

void add_gor_shadows(const GorShadows& gor, Resolved& resolved) {
  const std::vector<Place> places = places_of(gor);
  for (size_t i = 0; i < gor.options.shadows.size(); ++i) {
    const mirror::ShadowOptions& shadow = gor.options.shadows[i];
    if (std::string why = clash(shadow, resolved.options); !why.empty()) {
      resolved.problems.push_back({places[i], "--output-http", quoted(shadow.url), std::move(why)});
      continue;
    }
    const size_t index = resolved.options.mirror.shadows.size();
    std::vector<Setting> settings = settings_of(gor, i, fmt::format("shadows[{}]", index));
    std::move(settings.begin(), settings.end(), std::back_inserter(resolved.settings));
    resolved.options.mirror.shadows.push_back(shadow);
  }
  if (gor.options.verbose && resolved.options.log_level == LogLevel::info) {
    resolved.options.log_level = LogLevel::debug;
  }
}

}  // namespace umbra::config
