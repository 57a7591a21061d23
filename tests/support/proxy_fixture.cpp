#include "support/proxy_fixture.h"

#include <fmt/format.h>

#include "umbra/base/check.h"

#if defined(__SANITIZE_THREAD__)
// libuv closes descriptors with a system call of its own, which ThreadSanitizer does not see: to it the next
// use of the number is a use of the socket that it was, wherever nothing else tells it of the new one.
extern "C" const char* __tsan_default_suppressions() { return "race:count_open_files\nrace:^epoll_ctl$\n"; }
#endif

namespace umbra::support {

config::ProxyOptions proxy_options(const net::Address& app, const std::vector<net::Address>& shadows) {
  config::ProxyOptions options;
  options.listen.push_back({net::Address::Kind::tcp, "127.0.0.1", 0, ""});
  options.relay.app = app;
  options.log_level = LogLevel::error;
  for (const net::Address& address : shadows) {
    mirror::ShadowOptions shadow;
    shadow.name = fmt::format("s{}", options.mirror.shadows.size());
    shadow.url = "http://" + address.text();
    shadow.authority = address.text();
    shadow.address = address;
    options.mirror.shadows.push_back(std::move(shadow));
  }
  return options;
}

RunningProxy::RunningProxy(config::ProxyOptions options, app::Helm::Read read)
    : options_(std::make_shared<const config::ProxyOptions>(std::move(options))),
      log_(options_->log_level, options_->log_format, 2),
      proxy_(std::make_unique<app::Proxy>(options_, log_, std::move(read))),
      end_(ended_.get_future()) {
  const auto opened = proxy_->open();
  UMBRA_CHECK(opened);
  address_ = proxy_->addresses().front();
  thread_ = std::thread([this] {
    proxy_->run();
    ended_.set_value();
  });
}

RunningProxy::~RunningProxy() {
  drain();
  if (!wait_until_ended(kLastMoment)) cut();
  UMBRA_CHECK(wait_until_ended());
  thread_.join();
}

namespace {

// Runs `ask` on the control loop and waits for what it hands to its argument.
template <typename Value, typename Ask>
Value asked(net::Loop& loop, const Ask& ask) {
  std::promise<Value> promise;
  auto future = promise.get_future();
  const bool posted = loop.post([&] { ask([&](Value value) { promise.set_value(std::move(value)); }); });
  UMBRA_CHECK(posted && future.wait_for(kPatience) == std::future_status::ready);
  return future.get();
}

}  // namespace

control::Snapshot RunningProxy::snapshot() {
  return asked<control::Snapshot>(proxy_->loop(), [this](auto done) { proxy_->collect(done); });
}

control::ReloadReport RunningProxy::reload() {
  return asked<control::ReloadReport>(proxy_->loop(), [this](auto done) { proxy_->helm().reload(done); });
}

bool RunningProxy::steer(control::Order order) {
  return asked<bool>(proxy_->loop(), [&](auto done) { proxy_->helm().steer(std::move(order), done); });
}

void RunningProxy::drain() {
  proxy_->loop().post([this] { proxy_->drain(); });
}

void RunningProxy::cut() {
  proxy_->loop().post([this] { proxy_->cut(); });
}

bool RunningProxy::wait_until_ended(Millis patience) {
  return end_.wait_for(patience) == std::future_status::ready;
}

}  // namespace umbra::support
