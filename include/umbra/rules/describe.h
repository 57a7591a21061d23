// A verdict in words, for people.
#pragma once

#include <string>

#include "umbra/rules/options.h"
#include "umbra/rules/program.h"

namespace umbra::rules {

// "deny[1] matched: path ^/admin", "outside the 2.5 % sample by header X-User".  Lists count from 0, as
// problems of the configuration do.
// `verdict` is of a program of these options.
std::string describe(const Options& options, const Verdict& verdict);

}  // namespace umbra::rules
