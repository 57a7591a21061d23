// One value of --shadow, [NAME=]URL, as ShadowOptions.
#pragma once

#include <string_view>

#include "umbra/base/result.h"
#include "umbra/mirror/options.h"

namespace umbra::config {

// The error says what is expected; the caller adds the flag and the value.
Result<mirror::ShadowOptions> parse_shadow(std::string_view text);

}  // namespace umbra::config
