// `umbra proxy`: relays and mirrors until a signal ends it.
#pragma once

#include "umbra/config/options.h"

namespace umbra::app {

// The process's exit status: 0 after a drain, 2 for what the options have wrong and only the system can
// tell (a port in use), 1 for what failed at run time.
int run_proxy(const config::ProxyOptions& options);

}  // namespace umbra::app
