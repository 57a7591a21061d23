#include "umbra/app/proxy_command.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "umbra/app/proxy.h"

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

// Sessions stop short of the descriptors, so that shadows, the admin server and look-ups keep theirs; for
// small limits the sessions come first.
size_t sessions_max(uint64_t descriptors, const config::ProxyOptions& options) {
  constexpr uint64_t kOwn = 64;
  const uint64_t shadows = options.mirror.shadows.size() * options.mirror.connections;
  const uint64_t reserve = std::min(kOwn + shadows, descriptors / 2);
  return std::max<uint64_t>(1, (descriptors - reserve) / 2);
}

}  // namespace

int run_proxy(const config::ProxyOptions& given) {
  std::signal(SIGPIPE, SIG_IGN);
  auto options = std::make_shared<config::ProxyOptions>(given);
  const size_t possible = sessions_max(raise_descriptor_limit(), *options);
  size_t& wanted = options->relay.sessions_max;  // of the process; a worker gets its share
  wanted = wanted == 0 ? possible : std::min(wanted, possible);
  wanted = std::max<size_t>(1, wanted / options->workers);
  Log log(options->log_level, options->log_format, STDERR_FILENO);
  Proxy proxy(options, log);
  if (const auto opened = proxy.open(); !opened) {
    fmt::print(stderr, "umbra: {}\n", opened.error().detail);
    return 2;
  }
  proxy.run();
  return 0;
}

}  // namespace umbra::app
