#include "umbra/app/changes.h"

#include <fmt/format.h>

#include <algorithm>

namespace umbra::app {
namespace {

using config::ProxyOptions;
using mirror::ShadowOptions;

const ShadowOptions* find(const std::vector<ShadowOptions>& shadows, const std::string& name) {
  const auto found =
      std::find_if(shadows.begin(), shadows.end(), [&](const ShadowOptions& s) { return s.name == name; });
  return found == shadows.end() ? nullptr : &*found;
}

// `program` and `body_mask` are made of `rules`.
bool equal(const ShadowOptions& a, const ShadowOptions& b) {
  return a.url == b.url && a.authority == b.authority && a.marker == b.marker && a.rules == b.rules &&
         a.authorization == b.authorization && a.redirects == b.redirects &&
         a.redirect_hosts == b.redirect_hosts && a.stop_when == b.stop_when && a.paused == b.paused &&
         a.connections == b.connections && a.timeout == b.timeout && a.connect_timeout == b.connect_timeout &&
         a.pipeline == b.pipeline;
}

std::vector<std::string> shadow_changes(const std::vector<ShadowOptions>& now,
                                        const std::vector<ShadowOptions>& next) {
  std::vector<std::string> changes;
  for (const ShadowOptions& shadow : now) {
    if (find(next, shadow.name) == nullptr) changes.push_back(fmt::format("shadow {}: removed", shadow.name));
  }
  for (const ShadowOptions& shadow : next) {
    const ShadowOptions* before = find(now, shadow.name);
    if (before == nullptr) {
      changes.push_back(fmt::format("shadow {}: added, {}", shadow.name, shadow.url));
    } else if (!same_place(*before, shadow)) {
      changes.push_back(fmt::format("shadow {}: begins anew, {}", shadow.name, shadow.url));
    } else if (!equal(*before, shadow)) {
      changes.push_back(fmt::format("shadow {}: changed", shadow.name));
    }
  }
  return changes;
}

}  // namespace

Changes changes_between(const ProxyOptions& now, const ProxyOptions& next) {
  Changes changes{shadow_changes(now.mirror.shadows, next.mirror.shadows), {}};
  const auto made = [&](bool differs, const char* what) {
    if (differs) changes.made.emplace_back(what);
  };
  const auto later = [&](bool differs, const char* what) {
    if (differs) changes.needs_restart.emplace_back(what);
  };
  const mirror::Options& mirror = now.mirror;
  made(mirror.memory != next.mirror.memory, "shadow memory");
  made(mirror.connections != next.mirror.connections, "shadow connections");
  made(mirror.timeout != next.mirror.timeout, "shadow timeout");
  made(mirror.connect_timeout != next.mirror.connect_timeout, "shadow connect timeout");
  made(mirror.pipeline != next.mirror.pipeline, "shadow pipeline");
  made(now.drain.delay != next.drain.delay, "drain delay");
  made(now.drain.timeout != next.drain.timeout, "drain timeout");
  made(now.ready_needs_app != next.ready_needs_app, "ready needs app");
  made(now.admin_token != next.admin_token, "admin token");
  made(now.admin_hosts != next.admin_hosts, "admin hosts");
  made(now.tls == next.tls && now.certificate_hash != next.certificate_hash, "certificate renewed");
  later(now.listen != next.listen, "listen");
  later(now.relay.app != next.relay.app, "app");
  later(now.max_sessions != next.max_sessions, "max sessions");
  later(now.relay.live != next.relay.live, "live edits");
  later(now.tls != next.tls, "tls");
  later(now.workers != next.workers, "workers");
  later(now.admin != next.admin, "admin");
  later(now.access_log != next.access_log, "access log");
  later(now.log_level != next.log_level, "log level");
  later(now.log_format != next.log_format, "log format");
  later(now.log_source != next.log_source, "log source");
  return changes;
}

ProxyOptions keep_what_stays(const ProxyOptions& now, ProxyOptions next) {
  next.listen = now.listen;
  if (next.tls != now.tls) next.certificate_hash = now.certificate_hash;
  next.tls = now.tls;
  next.max_sessions = now.max_sessions;
  next.relay = now.relay;
  next.mirror.own = now.mirror.own;
  next.workers = now.workers;
  next.admin = now.admin;
  next.access_log = now.access_log;
  next.log_level = now.log_level;
  next.log_format = now.log_format;
  next.log_source = now.log_source;
  return next;
}

}  // namespace umbra::app
