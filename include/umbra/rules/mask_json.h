// Masks values of a JSON text.
#pragma once

#include <string_view>

#include "umbra/rules/json_paths.h"
#include "umbra/rules/options.h"
#include "umbra/rules/splice.h"

namespace umbra::rules {

// Replaces the value at each place that `paths` match, whatever kind it is of, by a JSON string.  `text` is
// the splice's source or a part of it.  What is hashed is what a string holds, unescaped; of any other value,
// its bytes.  False: `text` is not one sound JSON value (see JsonReader).  Ends early, with true, where the
// splice has become too large.
bool mask_json(std::string_view text, const JsonPaths& paths, const MaskWith& with, Splice& splice);

}  // namespace umbra::rules
