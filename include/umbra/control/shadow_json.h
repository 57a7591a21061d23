// A shadow as /status and /api/shadows show it.  For the pages of this folder only.
#pragma once

#include <nlohmann/json.hpp>

#include "umbra/control/snapshot.h"

namespace umbra::control {

using Json = nlohmann::ordered_json;

// Durations of a histogram: count, mean, quantiles; in seconds.
Json durations_json(const metrics::Histogram& of);
// 1xx to 5xx.
Json statuses_json(const metrics::StatusCounts& counts);
// Microseconds are what a time in seconds is good for; the rest would only be noise to read.
double rounded(double seconds);

// The members of `counters` stand behind those of `who`.
Json shadow_json(const ShadowIdentity& who, const metrics::ShadowCounters& counters, unsigned workers);
Json counters_json(const metrics::ShadowCounters& of, unsigned workers);

// Only the reasons that happened; an empty object when none did.
template <typename Reason, size_t N>
Json reasons_json(const CountsBy<Reason>& counts, const std::array<std::string_view, N>& names) {
  Json out = Json::object();
  for (size_t i = 0; i < N; ++i) {
    if (const uint64_t count = counts[static_cast<Reason>(i)]; count > 0) out[std::string(names[i])] = count;
  }
  return out;
}

// Two blanks of indentation and a line end.  A unix socket's path may hold any bytes; what is not UTF-8 is
// replaced.
std::string text_of(const Json& json);

}  // namespace umbra::control
