// What is left of a configuration for `umbra proxy --safe`: relaying, and nothing that looks at what it relays.
#pragma once

#include "umbra/app/fresh_options.h"

namespace umbra::app {

// No shadows, no observation, no edits of heads, no access log.  What clients and the application depend on stays
// as far as it can be read: addresses, TLS, the PROXY protocol, drain times, the admin port.  Problems of the
// configuration become warnings; they are problems only where it cannot be told what to relay.
FreshOptions safe_options(const config::ProxyFlags& flags, const config::Surroundings& surroundings);

}  // namespace umbra::app
