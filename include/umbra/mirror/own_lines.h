// The lines that a copy has from its shadow, with their CR LF.
#pragma once

#include <string>

#include "umbra/mirror/options.h"

namespace umbra::mirror {

std::string host_line_of(const ShadowOptions& shadow);
// Empty where the marker is off.
std::string marker_line_of(const ShadowOptions& shadow);

}  // namespace umbra::mirror
