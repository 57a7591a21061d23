// Masks fields of a form: application/x-www-form-urlencoded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "umbra/rules/options.h"
#include "umbra/rules/splice.h"

namespace umbra::rules {

// Replaces the value of each field whose decoded name is one of `names`; what is hashed is the value decoded.
// Fields end at '&'.  Some apps divide them at ';' too: a name behind one counts, and its value is masked up
// to the '&', so that neither kind of app is sent any of it.  False: there is a NUL byte in it, so it is no
// form.  Ends early, with true, where the splice has become too large.
bool mask_form(std::string_view body, const std::vector<std::string>& names, const MaskWith& with,
               Splice& splice);

}  // namespace umbra::rules
