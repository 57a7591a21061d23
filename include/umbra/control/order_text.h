// The body of a PATCH as an Order: {"paused": true, "percent": 2.5}.
#pragma once

#include <string_view>

#include "umbra/base/result.h"
#include "umbra/control/steering.h"

namespace umbra::control {

// Without the shadow, which stands in the path.  The error names the member and says what is expected.
Result<Order> parse_order(std::string_view json);

}  // namespace umbra::control
