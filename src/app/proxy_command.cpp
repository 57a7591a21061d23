#include "umbra/app/proxy_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

#include "umbra/app/descriptors.h"
#include "umbra/app/proxy.h"
#include "umbra/net/descriptor_table.h"

namespace umbra::app {
namespace {

// libuv lets look-ups have half of its pool's threads: names that hang must not block the others'.
void size_thread_pool(const config::ProxyOptions& options) {
  const size_t names = (1 + options.mirror.shadows.size()) * options.workers;
  ::setenv("UV_THREADPOOL_SIZE", std::to_string(std::min<size_t>(4 + 2 * names, 128)).c_str(), 0);
}

int complain(const std::string& problem) {
  fmt::print(stderr, "umbra: {}\n", problem);
  return 2;
}

}  // namespace

int run_proxy(const FreshOptions& first, const ReadOptions& read, net::Inherited inherited) {
  std::signal(SIGPIPE, SIG_IGN);
  auto options = std::make_shared<config::ProxyOptions>(*first.options);
  const uint64_t descriptors = raise_descriptor_limit();
  if (const auto missing = descriptors_missing(descriptors, *options); !missing.empty()) {
    return complain(missing);
  }
  share_descriptors(descriptors, *options);
  net::reserve_descriptors(descriptors);
  size_thread_pool(*options);
  Log log(options->log_level, options->log_format, STDERR_FILENO, options->log_source);
  for (const std::string& warning : first.warnings) log.warn(warning);
  Proxy proxy(options, log, [&](const config::ProxyOptions& now) -> Helm::Reading {
    FreshOptions fresh = read();
    for (const std::string& warning : fresh.warnings) log.warn(warning);
    if (!fresh.options) return {nullptr, std::move(fresh.problems)};
    if (auto missing = descriptors_missing(descriptors, now, *fresh.options); !missing.empty()) {
      return {nullptr, {std::move(missing)}};
    }
    share_descriptors(descriptors, now, *fresh.options);
    return {std::make_shared<const config::ProxyOptions>(std::move(*fresh.options)), {}};
  });
  proxy.take(std::move(inherited));
  if (const auto opened = proxy.open(); !opened) return complain(opened.error().detail);
  return proxy.run();
}

}  // namespace umbra::app
