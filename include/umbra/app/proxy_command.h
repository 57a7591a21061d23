// `umbra proxy`: relays and mirrors until a signal ends it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "umbra/config/options.h"

namespace umbra::app {

// What a reload reads: options, or every problem that there is with them.
struct FreshOptions {
  std::optional<config::ProxyOptions> options;
  std::vector<std::string> problems;
};
using ReadOptions = std::function<FreshOptions()>;

// The process's exit status: 0 after a drain, 2 for what the options have wrong and only the system can
// tell (a port in use), 1 for what failed at run time.  `read` is called for every reload.
int run_proxy(const config::ProxyOptions& options, const ReadOptions& read);

}  // namespace umbra::app
