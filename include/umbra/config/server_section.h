// The whole tree as options: everything but how it came together.
#pragma once

#include "umbra/config/options.h"
#include "umbra/config/proxy_flags.h"
#include "umbra/config/resolve.h"
#include "umbra/config/section.h"
#include "umbra/relay/options.h"

namespace umbra::config {

// Complains of what does not fit together.
ProxyOptions options_of(const Section& root, const Surroundings& surroundings, Problems& problems);

// `live`: the edits of live bytes.
relay::LiveEdits live_edits_of(const Section& live);

}  // namespace umbra::config
