// What a reload changes: a comparison of two configurations, in words for people.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "umbra/config/options.h"

namespace umbra::app {

struct Changes {
  std::vector<std::string> made;           // one phrase each
  std::vector<std::string> needs_restart;  // keys whose new value only the next start takes
};

Changes changes_between(const config::ProxyOptions& now, const config::ProxyOptions& next);

// `next`, but for what stays as it is until the next start.
config::ProxyOptions keep_what_stays(const config::ProxyOptions& now, config::ProxyOptions next);

}  // namespace umbra::app
