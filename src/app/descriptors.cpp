#include "umbra/app/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace umbra::app {
namespace {

using config::ProxyOptions;

constexpr uint64_t kOwn = 64;  // listeners, log files, the admin server's connections

uint64_t to_share(uint64_t limit) { return limit > 2 * kOwn ? limit - kOwn : limit / 2; }

// How many places it may have connections to, each up to its bound.
uint64_t places_of(const mirror::ShadowOptions& shadow) {
  return 1 + (shadow.redirects > 0 ? shadow.redirect_hosts.size() : 0);
}

uint64_t places_of(const mirror::Options& options) {
  uint64_t places = 0;
  for (const auto& shadow : options.shadows) places += places_of(shadow);
  return places;
}

uint64_t wanted_by_shadows(const mirror::Options& options) {
  uint64_t wanted = 0;
  for (const auto& shadow : options.shadows) {
    wanted += places_of(shadow) * shadow.connections.value_or(options.connections);
  }
  return wanted;
}

// Leaves each shadow at most its part of `room`, but one connection for each worker.
void bound_shadows(uint64_t room, ProxyOptions& options) {
  if (wanted_by_shadows(options.mirror) <= room) return;
  const size_t each = std::max<uint64_t>(options.workers, room / places_of(options.mirror));
  options.mirror.connections = std::min(options.mirror.connections, each);
  for (auto& shadow : options.mirror.shadows) {
    if (shadow.connections) shadow.connections = std::min(*shadow.connections, each);
  }
}

}  // namespace

uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void share_descriptors(uint64_t limit, ProxyOptions& options) {
  const uint64_t all = to_share(limit);
  bound_shadows(all / 2, options);
  // A reload may bring a first shadow: its connections are kept free.
  const uint64_t first = std::min<uint64_t>(options.mirror.connections, all / 2);
  const uint64_t left = all - std::min(all, std::max(wanted_by_shadows(options.mirror), first));
  size_t& sessions = options.relay.sessions_max;
  const size_t possible = std::max<uint64_t>(1, left / 2);
  sessions = sessions == 0 ? possible : std::min(sessions, possible);
  sessions = std::max<size_t>(1, sessions / options.workers);
}

void share_descriptors(uint64_t limit, const ProxyOptions& now, ProxyOptions& next) {
  const uint64_t all = to_share(limit);
  const uint64_t sessions = 2 * now.relay.sessions_max * now.workers;
  bound_shadows(all - std::min(all, sessions), next);
}

}  // namespace umbra::app
