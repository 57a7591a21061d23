#include "umbra/app/worker.h"

#include "umbra/net/tls_context.h"

namespace umbra::app {
namespace {

constexpr Nanos kAccessLogEvery = 200 * kMillisecond;

}  // namespace

Worker::Worker(std::shared_ptr<const config::ProxyOptions> options, Log& log, net::FileAppender* access_log)
    : options_(std::move(options)), log_(log), access_log_file_(access_log) {}

Worker::~Worker() {
  if (thread_.joinable()) thread_.join();
}

void Worker::start(std::vector<net::ListenSocket> sockets, std::function<void()> on_failed) {
  // std::thread wants copyable arguments of its function; the sockets are not.
  auto shared = std::make_shared<std::vector<net::ListenSocket>>(std::move(sockets));
  thread_ = std::thread([this, shared, on_failed = std::move(on_failed)] {
    set_up(std::move(*shared), on_failed);
    loop_.run();
    ended_ = true;
  });
}

void Worker::set_up(std::vector<net::ListenSocket> sockets, const std::function<void()>& on_failed) {
  mirror_ = std::make_unique<mirror::Mirror>(loop_, options_->mirror, options_->workers, log_);
  if (!options_->mirror.shadows.empty()) watch_.tap = mirror_.get();
  watch_.observe = options_->relay.observe;
  if (access_log_file_ != nullptr) make_access_log();
  relay_ = std::make_unique<relay::Relay>(loop_, options_->relay, watch_, log_);
  renew_tls();
  for (net::ListenSocket& socket : sockets) {
    const std::string where = socket.address().text();
    if (const auto listening = relay_->listen(std::move(socket)); !listening) {
      log_.error("a worker cannot accept", {{"listen", where}, {"reason", listening.error().detail}});
      on_failed();
    }
  }
}

void Worker::make_access_log() {
  const auto format = options_->log_format == LogFormat::json ? relay::AccessLog::Format::json
                                                              : relay::AccessLog::Format::logfmt;
  access_log_ = std::make_unique<relay::AccessLog>(
      format, mirror_->names_of_bits(),
      [this](std::string block) { access_log_file_->offer(std::move(block)); }, options_->log_source);
  watch_.access_log = access_log_.get();
  flush_access_log_ = std::make_unique<net::Timer>(loop_, [this] { access_log_->flush(); });
  flush_access_log_->start_every(kAccessLogEvery);
}

// Files that cannot be read any more leave what was read before; at the start they have been tried.
void Worker::renew_tls() {
  if (!options_->tls) return;
  auto made = net::TlsContext::make(*options_->tls, net::TlsSide::server);
  const bool first = !std::exchange(has_tls_, true);
  if (made) return relay_->set_tls(std::move(*made));
  if (first) relay_->set_tls(net::TlsContext::unusable(made.error()));  // never in the clear instead
  log_.error("TLS of the listening side cannot be renewed; the old certificate stays",
             {{"reason", made.error().detail}});
}

Worker::Report Worker::report() const {
  if (last_report_) return *last_report_;
  Report report{{}, mirror_->removed(), options_};
  metrics::WorkerCounters& now = report.counters;
  now.sessions = watch_.sessions;
  now.sessions.accept_paused = relay_ ? relay_->times_accepting_paused() : accepting_paused_;
  now.live = watch_.live;
  now.shadows = mirror_->counters();
  return report;
}

bool Worker::snapshot(std::function<void(Report)> done) {
  return loop_.post([this, done = std::move(done)] { done(report()); });
}

void Worker::follow(const Orders& orders) {
  for (const auto& [shadow, steering] : orders) mirror_->steer(shadow, steering);
}

bool Worker::reconfigure(std::shared_ptr<const config::ProxyOptions> options, Orders orders,
                         std::function<void()> done) {
  return loop_.post([this, options = std::move(options), orders = std::move(orders), done = std::move(done)] {
    if (last_report_) return done();
    options_ = options;
    mirror_->reconfigure(options->mirror);
    if (relay_) renew_tls();
    follow(orders);
    // Without shadows nobody looks at requests; those that are gone end their copies all the same.
    watch_.tap = options->mirror.shadows.empty() ? nullptr : mirror_.get();
    if (access_log_) access_log_->name_shadows(mirror_->names_of_bits());
    done();
  });
}

bool Worker::steer(Orders orders, bool off, std::function<void()> done) {
  return loop_.post([this, orders = std::move(orders), off, done = std::move(done)] {
    if (last_report_) return done();
    follow(orders);
    mirror_->set_off(off);
    done();
  });
}

void Worker::drain(std::function<void(Report)> done) {
  loop_.post([this, done = std::move(done)] {
    on_ended_ = done;
    accepting_paused_ = relay_->times_accepting_paused();
    mirror_->drain();
    relay_->drain([this] {
      // The call comes from a session's last callback: go on from a clean stack.
      loop_.post([this] {
        last_answers_ = std::make_unique<net::Timer>(loop_, [this] { mirror_->cut(); });
        last_answers_->start_once(kLastAnswers);
        mirror_->when_quiet([this] { loop_.post([this] { end(); }); });
      });
    });
  });
}

void Worker::cut() {
  loop_.post([this] {
    if (mirror_) mirror_->cut();
    if (relay_) relay_->cut();
  });
}

void Worker::end() {
  relay_.reset();
  watch_.tap = nullptr;
  last_answers_.reset();
  flush_access_log_.reset();
  if (access_log_) access_log_->flush();
  mirror_->cut();
  last_report_ = report();
  if (on_ended_) on_ended_(*last_report_);
  mirror_.reset();
  loop_.close_inbox();
}

}  // namespace umbra::app
