// ProxyFlags: what the command line of `umbra proxy` says, as text and unchecked; proxy_options() turns
// it into ProxyOptions or into one line that names the flag and the value and says what is expected.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/config/options.h"

namespace umbra::config {

// The texts are the defaults, which --help shows.
struct ProxyFlags {
  std::vector<std::string> listen;
  std::optional<std::string> app;
  std::string max_sessions = "auto";
  std::string workers = "1";

  std::vector<std::string> shadow;
  std::string shadow_memory = "64MiB";
  std::string shadow_connections = "128";
  std::string shadow_timeout = "30s";
  std::string shadow_connect_timeout = "3s";
  std::string shadow_pipeline = "auto";

  std::string drain_delay = "0s";
  std::string drain_timeout = "25s";

  std::string admin = "off";
  bool ready_needs_app = false;

  std::string access_log = "off";
  std::string log_level = "info";
  std::optional<std::string> log_format;
};

// What else the options depend on.
struct Surroundings {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  unsigned usable_cpus = 1;
  bool stderr_is_terminal = false;
};

Result<ProxyOptions> proxy_options(const ProxyFlags& flags, const Surroundings& surroundings);

}  // namespace umbra::config
