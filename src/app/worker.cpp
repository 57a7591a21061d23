#include "umbra/app/worker.h"

namespace umbra::app {
namespace {

constexpr Nanos kAccessLogEvery = 200 * kMillisecond;

std::vector<std::string> names_of(const std::vector<mirror::ShadowOptions>& shadows) {
  std::vector<std::string> names;
  names.reserve(shadows.size());
  for (const auto& shadow : shadows) names.push_back(shadow.name);
  return names;
}

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
  if (access_log_file_ != nullptr) {
    const auto format = options_->log_format == LogFormat::json ? relay::AccessLog::Format::json
                                                                : relay::AccessLog::Format::logfmt;
    access_log_ = std::make_unique<relay::AccessLog>(
        format, names_of(options_->mirror.shadows),
        [this](std::string block) { access_log_file_->offer(std::move(block)); });
    watch_.access_log = access_log_.get();
    flush_access_log_ = std::make_unique<net::Timer>(loop_, [this] { access_log_->flush(); });
    flush_access_log_->start_every(kAccessLogEvery);
  }
  if (!options_->mirror.shadows.empty()) {
    mirror_ = std::make_unique<mirror::Mirror>(loop_, options_->mirror, options_->workers, log_);
    watch_.tap = mirror_.get();
  }
  relay_ = std::make_unique<relay::Relay>(loop_, options_->relay, watch_, log_);
  for (net::ListenSocket& socket : sockets) {
    const std::string where = socket.address().text();
    if (const auto listening = relay_->listen(std::move(socket)); !listening) {
      log_.error("a worker cannot accept", {{"listen", where}, {"reason", listening.error().detail}});
      on_failed();
    }
  }
}

metrics::WorkerCounters Worker::counters() const {
  metrics::WorkerCounters now;
  now.sessions = watch_.sessions;
  now.sessions.accept_paused = relay_ ? relay_->times_accepting_paused() : accepting_paused_;
  now.live = watch_.live;
  if (mirror_) now.shadows = mirror_->counters();
  return now;
}

bool Worker::snapshot(std::function<void(metrics::WorkerCounters)> done) {
  return loop_.post([this, done = std::move(done)] { done(counters()); });
}

void Worker::drain(std::function<void(metrics::WorkerCounters)> done) {
  loop_.post([this, done = std::move(done)] {
    on_ended_ = done;
    accepting_paused_ = relay_->times_accepting_paused();
    if (mirror_) mirror_->drain();
    relay_->drain([this] {
      // The call comes from a session's last callback: go on from a clean stack.
      loop_.post([this] {
        if (!mirror_) return end();
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
  if (mirror_) mirror_->cut();
  if (on_ended_) on_ended_(counters());
  mirror_.reset();
  loop_.close_inbox();
}

}  // namespace umbra::app
