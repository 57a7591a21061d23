// What takes a masked value's place in a body.
#pragma once

#include <string>
#include <string_view>

#include "umbra/base/keyed_hash.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

inline std::string stand_in(const MaskWith& with, std::string_view value) {
  return with.key.empty() ? with.text : keyed_hash(with.key, value);
}

}  // namespace umbra::rules
