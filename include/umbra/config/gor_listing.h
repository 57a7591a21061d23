// What `umbra check` says of a shadow of gor options: umbra's own keys where they say the same, and gor's
// options for the rules, whose meaning is gor's.
#pragma once

#include <string>
#include <vector>

#include "umbra/config/gor_shadows.h"
#include "umbra/config/resolve.h"

namespace umbra::config {

// Of each shadow, where its --output-http stands.
std::vector<Place> places_of(const GorShadows& gor);

// `index`: of the shadow in `gor`; `path`: the shadow's among all, such as "shadows[2]".  No secrets.
std::vector<Setting> settings_of(const GorShadows& gor, size_t index, const std::string& path);

}  // namespace umbra::config
