// The shadows of a gor.options file beside those of the configuration.
#pragma once

#include <string>

#include "umbra/config/resolve.h"

namespace umbra::config {

// Adds the file's shadows to the options and the settings, its faults to the problems (what gor never had
// among them), and what is accepted without being applicable to the warnings.  `named`: where the file is.
void add_gor_shadows(const std::string& file, const Place& named, const Surroundings& surroundings,
                     Resolved& resolved);

}  // namespace umbra::config
