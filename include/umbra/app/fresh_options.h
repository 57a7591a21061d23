// Options as the proxy runs them: resolved, their rules compiled, their TLS files tried.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "umbra/config/options.h"
#include "umbra/config/proxy_flags.h"

namespace umbra::app {

// Options, or every problem that there is with them, a line each.
struct FreshOptions {
  std::optional<config::ProxyOptions> options;
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

// At the start and for every reload.  Reads files.
FreshOptions fresh_options(const config::ProxyFlags& flags, const config::Surroundings& surroundings);

}  // namespace umbra::app
