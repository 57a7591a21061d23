// What the sink has answered, for people and for machines.
#pragma once

#include <string>

#include "umbra/generate/sink_server.h"

namespace umbra::generate {

std::string sink_summary_text(const SinkModel& model, uint64_t seed, const SinkOutcome& outcome);
// One JSON object and a line end; times in seconds.
std::string sink_summary_json(const SinkModel& model, uint64_t seed, const SinkOutcome& outcome);

}  // namespace umbra::generate
