// Makes what a shadow's rules are run by.  Once, before the workers get the options.
#pragma once

#include "umbra/base/result.h"
#include "umbra/mirror/options.h"

namespace umbra::mirror {

// Sets `program` and `body_mask` from `rules` and `authorization`.  The error names what is wrong in the
// rules.
Result<void> compile_rules(ShadowOptions& shadow);

}  // namespace umbra::mirror
