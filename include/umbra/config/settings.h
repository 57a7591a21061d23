// Every setting with its value and where it came from, for people.
#pragma once

#include <vector>

#include "umbra/config/options.h"
#include "umbra/config/resolve.h"
#include "umbra/config/section.h"

namespace umbra::config {

// In the order of the table; `options` is what `root` became.
std::vector<Setting> settings_of(const Section& root, const ProxyOptions& options);

}  // namespace umbra::config
