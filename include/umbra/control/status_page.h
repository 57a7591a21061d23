// GET /status: a Snapshot as JSON, for people and scripts.
#pragma once

#include <string>

#include "umbra/control/snapshot.h"

namespace umbra::control {

std::string status_page(const Snapshot& snapshot);

}  // namespace umbra::control
