// The shadows of a gor.options file beside those of the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "umbra/config/gor_options.h"
#include "umbra/config/resolve.h"

namespace umbra::config {

struct GorShadows {
  std::string file;
  GorOptions options;

  // Where the first of its shadows is said; nothing: it has none.
  std::optional<Place> first() const;
};

// What becomes of an option that is unknown to gor, or that umbra does not apply.
enum class GorUnknown : uint8_t { problem, warning };

// Adds the file's faults to the problems, and what is accepted without being applicable to the warnings.
// A word that belongs to no option is a problem in any case: it may be the limit, or the tail of a filter.
// `named`: where the file is.
GorShadows read_gor_shadows(const std::string& file, const Place& named, GorUnknown unknown,
                            const Surroundings& surroundings, Resolved& resolved);

// Adds its shadows to the options and the settings, and those that cannot stand beside the others to the
// problems.
void add_gor_shadows(const GorShadows& gor, Resolved& resolved);

}  // namespace umbra::config
