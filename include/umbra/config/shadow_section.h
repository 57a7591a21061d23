// One entry of `shadows` as options.
#pragma once

#include "umbra/base/result.h"
#include "umbra/config/section.h"
#include "umbra/mirror/options.h"
#include "umbra/net/tls_options.h"
#include "umbra/rules/options.h"

namespace umbra::config {

// Complains of what does not fit together; nothing is compiled yet (mirror/compile.h).
mirror::ShadowOptions shadow_of(const Section& shadow);
rules::Options rules_of(const Section& shadow);
// Whether they will compile.
Result<void> check_rules(const rules::Options& rules);
// The part that both sides of TLS have: certificate, key, version.
net::TlsOptions tls_of(const Section& tls);

}  // namespace umbra::config
