// GorOptions: what a text of gor options (config/gor.options) comes to: shadows with their rules.
//
// A shadow for each --output-http, named host:port (made unique with -2, -3 ...).  Its timeout (5 s, as
// gor's) and its number of connections (--output-http-workers) are its own; its rules::Program is not yet
// compiled, but compiles.  Its body is at most --copy-buffer-size (5 MiB, as gor's) and never cut.
//
// Pure: the same text and environment give the same shadows.  Nothing is read, resolved or run.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "umbra/config/gor_problem.h"
#include "umbra/config/gor_settings.h"
#include "umbra/config/gor_words.h"
#include "umbra/mirror/options.h"

namespace umbra::config {

struct GorOptions {
  std::vector<mirror::ShadowOptions> shadows;  // none where a problem is an error
  std::vector<GorSetting> settings;            // what was read, in order; a shadow for each output-http
  bool verbose = false;                        // --verbose or --debug: the log's level is debug
  std::vector<GorProblem> problems;            // in the order of the text
};

inline constexpr Nanos kGorTimeout = 5 * kSecond;
inline constexpr size_t kGorBodyMax = 5 * 1024 * 1024;
inline constexpr unsigned kGorRedirectsMax = 10;

GorOptions parse_gor_options(std::string_view text, const Variable& variable);

}  // namespace umbra::config
