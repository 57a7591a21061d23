// One --output-http: the shadow it names and the limit behind its URL.
#pragma once

#include <optional>
#include <string>

#include "umbra/config/gor_settings.h"
#include "umbra/mirror/options.h"
#include "umbra/rules/options.h"

namespace umbra::config {

struct GorOutput {
  // Its name (host:port), url, authority, address, authorization and, for https, tls.
  mirror::ShadowOptions shadow;
  std::string prefix;                // the URL's path; empty: none
  std::optional<rules::Step> limit;  // |10% or |10
};

// [http[s]://][user:password@]host[:port][/path][|limit]
std::optional<GorOutput> parse_gor_output(const GorSetting& setting, GorProblems& problems);

}  // namespace umbra::config
