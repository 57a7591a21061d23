// RunningProxy: `umbra proxy` in this process, on a thread of its own.
//
//   RunningProxy umbra(proxy_options(app.address(), {shadow.address()}));
//   TestClient client(umbra.port());
#pragma once

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "support/wire.h"
#include "umbra/app/proxy.h"

namespace umbra::support {

// Listens on a port of the kernel's choice; shadows are named s0, s1, ...; no log but errors.
config::ProxyOptions proxy_options(const net::Address& app, const std::vector<net::Address>& shadows = {});

class RunningProxy {
 public:
  // Opens and starts it; a failure to open aborts the test program.  `read`: what a reload reads.
  explicit RunningProxy(config::ProxyOptions options, app::Helm::Read read = {});
  // Drains it for kLastMoment, then cuts what is left, and joins.
  ~RunningProxy();
  RunningProxy(const RunningProxy&) = delete;
  RunningProxy& operator=(const RunningProxy&) = delete;

  uint16_t port() const { return address_.port; }
  const net::Address& address() const { return address_; }
  app::Proxy& proxy() noexcept { return *proxy_; }

  // Asked of its control loop, as the admin server does.  Not after it has ended.
  control::Snapshot snapshot();
  metrics::ShadowCounters shadow(size_t index = 0) { return snapshot().counters_of(index); }

  // As POST /api/reload and PATCH /api/shadows do; they return when every worker goes by it.
  control::ReloadReport reload();
  bool steer(control::Order order);

  // As a SIGTERM does.
  void drain();
  // As the end of --drain-timeout does.
  void cut();
  // False: the time is over and it still runs.
  bool wait_until_ended(Millis patience = kPatience);

  static constexpr Millis kLastMoment{2'000};

 private:
  std::shared_ptr<const config::ProxyOptions> options_;
  Log log_;
  std::unique_ptr<app::Proxy> proxy_;
  net::Address address_;
  std::promise<void> ended_;
  std::future<void> end_;
  std::thread thread_;
};

}  // namespace umbra::support
