#include "umbra/app/safe_options.h"

#include "umbra/config/resolve.h"

namespace umbra::app {
namespace {

bool can_relay(const config::ProxyOptions& options) {
  const net::Address& app = options.relay.app;
  return !options.listen.empty() && (app.port != 0 || !app.path.empty());
}

void keep_to_relaying(config::ProxyOptions& options) {
  options.relay.observe = false;
  options.relay.live.forwarded_append = false;
  options.relay.live.request_id.clear();
  options.mirror.shadows.clear();
  options.access_log.clear();
}

}  // namespace

FreshOptions safe_options(const config::ProxyFlags& flags, const config::Surroundings& surroundings) {
  config::Resolved resolved = config::resolve(flags, surroundings);
  FreshOptions safe;
  std::vector<std::string> problems;
  for (const config::Problem& problem : resolved.problems) problems.push_back(problem.text());
  if (!can_relay(resolved.options)) {
    safe.problems = std::move(problems);
    return safe;
  }
  safe.warnings = std::move(problems);
  keep_to_relaying(resolved.options);
  safe.options = std::move(resolved.options);
  return safe;
}

}  // namespace umbra::app
