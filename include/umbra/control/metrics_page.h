// GET /metrics: a Snapshot in Prometheus' text format.
#pragma once

#include <string>

#include "umbra/control/snapshot.h"

namespace umbra::control {

std::string metrics_page(const Snapshot& snapshot);

}  // namespace umbra::control
