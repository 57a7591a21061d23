#include "umbra/app/descriptors.h"

#include <fmt/format.h>
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

// Below one connection for each worker, to each of its places, no shadow can be bounded.
uint64_t least_of_shadows(const ProxyOptions& options) { return places_of(options.mirror) * options.workers; }

uint64_t sessions_part(const ProxyOptions& options) {
  return 2 * options.relay.sessions_max * options.workers;
}

// The lowest limit of whose part to share one half is `least`.
uint64_t limit_for(uint64_t least) { return least > kOwn / 2 ? 2 * least + kOwn : 4 * least; }

std::string shadows_and_workers(const ProxyOptions& options) {
  return fmt::format("{} shadows with {} workers", options.mirror.shadows.size(), options.workers);
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
  bound_shadows(all - std::min(all, sessions_part(now)), next);
}

std::string descriptors_missing(uint64_t limit, const ProxyOptions& options) {
  const uint64_t least = least_of_shadows(options);
  if (least <= to_share(limit) / 2) return "";
  return fmt::format("{}: a limit of at least {} open files is expected; it is {}",
                     shadows_and_workers(options), limit_for(least), limit);
}

std::string descriptors_missing(uint64_t limit, const ProxyOptions& now, const ProxyOptions& next) {
  const uint64_t all = to_share(limit);
  const uint64_t room = all - std::min(all, sessions_part(now));
  if (least_of_shadows(next) <= std::max(room, least_of_shadows(now))) return "";
  return fmt::format("{}: the client connections leave {} open files to them until umbra is restarted",
                     shadows_and_workers(next), room);
}

}  // namespace umbra::app
