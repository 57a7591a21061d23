// `umbra proxy`: relays and mirrors until a signal ends it.
#pragma once

#include <functional>

#include "umbra/app/fresh_options.h"
#include "umbra/net/inherited.h"

namespace umbra::app {

using ReadOptions = std::function<FreshOptions()>;

// The process's exit status: 0 after a drain, 2 for what the options have wrong and only the system can
// tell (a port in use), 1 for what failed at run time.  `first` has options; `read` is called for every
// reload.  `inherited` are sockets that take the place of those in the options.
int run_proxy(const FreshOptions& first, const ReadOptions& read, net::Inherited inherited);

}  // namespace umbra::app
