// GorRules: what gor's filters, limiters and rewrites say, as steps in gor's order: method, set header, set
// parameter, URL, header, user, samples, rewrites.
//
// New names mean what they mean to the newest gor.  Where the names of 0.9 had a meaning of their own, it is
// kept for a URL (the Host's value and the target; the last one holds), a header that is not there (an empty
// one), a method (in any case) and a share such as 1/4 (who has no such header is not copied).
#pragma once

#include <span>
#include <vector>

#include "umbra/config/gor_settings.h"
#include "umbra/rules/options.h"

namespace umbra::config {

struct GorRules {
  std::vector<rules::Step> steps;
  rules::Host host;
};

// Of filters, limiters and rewrites, over all names.
inline constexpr size_t kGorRulesMax = 1000;

GorRules make_gor_rules(std::span<const GorSetting> settings, GorProblems& problems);

}  // namespace umbra::config
