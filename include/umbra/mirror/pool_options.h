// How a worker connects to a shadow: its part of what the options allow.
#pragma once

#include "umbra/base/log.h"
#include "umbra/client/pool.h"
#include "umbra/mirror/options.h"

namespace umbra::mirror {

// Reads the TLS files.  Where they cannot be used, every connection fails with the reason, which is logged.
client::PoolOptions pool_options_of(const ShadowOptions& shadow, const Options& all, unsigned workers, Log& log);

}  // namespace umbra::mirror
