// The share behind a limiter's name: 25%, or 1/4 as it was written before.
#pragma once

#include <optional>
#include <string_view>

#include "umbra/config/gor_settings.h"
#include "umbra/rules/options.h"

namespace umbra::config {

// Without the key's name and kind.  1/4 under a name of 0.9 is that version's share; else a percentage.
std::optional<rules::Sample> gor_sample(const GorSetting& setting, std::string_view share,
                                        GorProblems& problems);

}  // namespace umbra::config
