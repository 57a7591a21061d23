#include "umbra/app/proxy_command.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

#include "umbra/app/proxy.h"
#include "umbra/net/descriptor_table.h"

namespace umbra::app {
namespace {

// As many descriptors as the system allows: each session takes two.
uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// Shares the descriptors out: some for umbra's own, at most half of the rest for shadows, and two for each
// session, so that neither leg can take the other's.
void share_descriptors(uint64_t descriptors, config::ProxyOptions& options) {
  constexpr uint64_t kOwn = 64;
  const uint64_t all = descriptors > 2 * kOwn ? descriptors - kOwn : descriptors / 2;
  const uint64_t shadows = options.mirror.shadows.size();
  if (shadows > 0 && shadows * options.mirror.connections > all / 2) {
    options.mirror.connections = std::max<uint64_t>(options.workers, all / 2 / shadows);
  }
  const uint64_t left = all - std::min(all, shadows * options.mirror.connections);
  size_t& sessions = options.relay.sessions_max;  // of the process until here; a worker's from here on
  const size_t possible = std::max<uint64_t>(1, left / 2);
  sessions = sessions == 0 ? possible : std::min(sessions, possible);
  sessions = std::max<size_t>(1, sessions / options.workers);
}

// libuv lets look-ups have half of its pool's threads: names that hang must not block the others'.
void size_thread_pool(const config::ProxyOptions& options) {
  const size_t names = (1 + options.mirror.shadows.size()) * options.workers;
  ::setenv("UV_THREADPOOL_SIZE", std::to_string(std::min<size_t>(4 + 2 * names, 128)).c_str(), 0);
}

}  // namespace

int run_proxy(const config::ProxyOptions& given) {
  std::signal(SIGPIPE, SIG_IGN);
  auto options = std::make_shared<config::ProxyOptions>(given);
  const uint64_t descriptors = raise_descriptor_limit();
  share_descriptors(descriptors, *options);
  net::reserve_descriptors(descriptors);
  size_thread_pool(*options);
  Log log(options->log_level, options->log_format, STDERR_FILENO);
  Proxy proxy(options, log);
  if (const auto opened = proxy.open(); !opened) {
    fmt::print(stderr, "umbra: {}\n", opened.error().detail);
    return 2;
  }
  return proxy.run();
}

}  // namespace umbra::app
