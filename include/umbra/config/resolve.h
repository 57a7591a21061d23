// resolve(): flags over the environment over the configuration file over the defaults.
#pragma once

#include <string>
#include <vector>

#include "umbra/config/options.h"
#include "umbra/config/problem.h"
#include "umbra/config/proxy_flags.h"

namespace umbra::config {

// One value and where it came from, fit to be shown: a secret is `(set)`.
struct Setting {
  std::string key;  // its path in the file: mirror.memory, shadows[0].percent
  std::string value;
  Place place;
};

struct Resolved {
  std::string file;  // the configuration file that was read; empty: none
  ProxyOptions options;
  std::vector<Setting> settings;
  // Sorted.  Where there is one, the options are good for --safe alone (app/safe_options.h).
  Problems problems;
  Problems warnings;  // what people should know and nothing stops for
};

Resolved resolve(const ProxyFlags& flags, const Surroundings& surroundings);

inline constexpr size_t kTokenMin = 16;

}  // namespace umbra::config
