#include "umbra/app/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "umbra/app/version.h"
#include "umbra/base/text.h"

namespace umbra::app {
namespace {

constexpr Nanos kLastWrites = kSecond;
constexpr Nanos kEndPoll = 10 * kMillisecond;

Error cannot_listen(const char* flag, const net::Address& address, const Error& why) {
  const char* cure =
      why.code == Errc::in_use ? "; another process listens there: stop it or choose another" : "";
  return {Errc::bad_config, fmt::format("{} '{}': {}{}", flag, address.text(), why.detail, cure)};
}

}  // namespace

// A snapshot while its parts come in.
struct Proxy::Gathering final : net::Retirable {
  control::Snapshot snapshot;
  control::SnapshotSource::Done done;
  size_t missing = 0;
  std::unique_ptr<AppProbe> probe;
  std::unique_ptr<net::Timer> deadline;
};

// Asks whether the app accepts, for /readyz.
class Proxy::AppProbe final : public net::ConnectListener {
 public:
  AppProbe(net::Loop& loop, const net::Address& app, std::function<void(bool)> done)
      : loop_(loop),
        resolver_(loop, app),
        done_(std::move(done)),
        connector_(std::make_unique<net::Connector>(loop, resolver_, *this, kSnapshotWait / 2)) {
    connector_->start();
  }
  ~AppProbe() { net::Connector::dismiss(loop_, std::move(connector_)); }
  void on_connected(std::unique_ptr<net::Stream>) override { done_(true); }
  void on_connect_failed(const Error&) override { done_(false); }

 private:
  net::Loop& loop_;
  net::Resolver resolver_;
  std::function<void(bool)> done_;
  std::unique_ptr<net::Connector> connector_;
};

Proxy::Proxy(std::shared_ptr<const config::ProxyOptions> options, Log& log, Helm::Read read)
    : options_(std::move(options)),
      log_(log),
      helm_(loop_, log, options_, std::move(read), workers_,
            [this] {
              if (admin_) admin_->set_access(access());
            }),
      drain_timer_(std::make_unique<net::Timer>(loop_, [this] { drain_begun_ ? cut() : begin_drain(); })),
      started_(monotonic_now()) {}

Proxy::~Proxy() {
  workers_.clear();  // their threads may still post
  loop_.close_inbox();
}

std::vector<net::Address> Proxy::addresses() const {
  std::vector<net::Address> all;
  for (const auto& socket : originals_) all.push_back(socket.address());
  return all;
}

Result<void> Proxy::open() {
  if (auto opened = open_listeners(); !opened) return opened;
  if (auto opened = open_admin(); !opened) {
    if (!is_leashed()) return opened;
    without("the admin port", opened.error());
  }
  if (options_->access_log.empty()) return {};
  auto file = net::FileAppender::open(loop_, options_->access_log);
  if (!file && is_leashed()) {
    without("the access log", file.error());
    return {};
  }
  if (!file) {
    return Error{Errc::bad_config,
                 fmt::format("--access-log '{}': {}; a file that can be written is expected",
                             options_->access_log, file.error().detail)};
  }
  access_log_ = std::move(*file);
  return {};
}

void Proxy::take(net::Inherited inherited) { inherited_ = std::move(inherited); }

// All workers accept on the same socket.
Result<void> Proxy::share(const net::ListenSocket& socket) {
  for (size_t i = 1; i < for_workers_.size(); ++i) {
    auto copy = socket.duplicate();
    if (!copy) return cannot_listen("LISTEN_FDS", socket.address(), copy.error());
    for_workers_[i].push_back(std::move(*copy));
  }
  return {};
}

// Behind the wrapper a site depends on this process: it does not stay away for want of what only watches it.
void Proxy::without(std::string_view what, const Error& why) {
  log_.error(std::string(what) + " cannot be opened: umbra goes on without it", {{"reason", why.detail}});
}

Result<void> Proxy::open_listeners() {
  const bool shared = options_->workers > 1;
  for_workers_.resize(options_->workers);
  if (!inherited_.sockets.empty()) {
    originals_ = std::exchange(inherited_.sockets, {});
    for (const auto& socket : originals_) {
      if (auto opened = share(socket); !opened) return opened;
    }
    return {};
  }
  for (net::Address address : options_->listen) {
    // With SO_REUSEPORT alone a second umbra would quietly take half of the connections: first without.
    auto original = net::ListenSocket::open(address, false);
    if (!original) return cannot_listen("--listen", address, original.error());
    address = original->address();
    const bool duplicate = !shared || original->is_unix();
    if (!duplicate) {
      *original = net::ListenSocket();
      original = net::ListenSocket::open(address, true);
      if (!original) return cannot_listen("--listen", address, original.error());
    }
    for (size_t i = 1; i < for_workers_.size(); ++i) {
      auto socket = duplicate ? original->duplicate() : net::ListenSocket::open(address, true);
      if (!socket) return cannot_listen("--listen", address, socket.error());
      for_workers_[i].push_back(std::move(*socket));
    }
    originals_.push_back(std::move(*original));
  }
  return {};
}

Result<void> Proxy::open_admin() {
  for (const net::Address& address : options_->admin) {
    auto socket = net::ListenSocket::open(address, false);
    if (!socket) return cannot_listen("--admin", address, socket.error());
    auto serving = socket->duplicate();
    if (!serving) return cannot_listen("--admin", address, serving.error());
    admin_addresses_.push_back(socket->address());
    admin_sockets_.push_back(std::move(*serving));
    admin_originals_.push_back(std::move(*socket));
  }
  return {};
}

int Proxy::run() {
  for (const auto& socket : originals_) log_.info("listening", {{"address", socket.address().text()}});
  for (const auto& address : admin_addresses_) log_.info("admin", {{"address", address.text()}});
  for (const auto& shadow : options_->mirror.shadows) {
    log_.info("shadow", {{"name", shadow.name}, {"url", shadow.url}});
  }
  for (const std::string& edit : relay::describe(options_->relay.live))
    log_.info("live edit", {{"edit", edit}});
  if (!options_->relay.observe) {
    log_.warn("safe mode: connections are relayed and nothing else is done; nothing is copied or observed");
  }
  if (options_->mirror.off) log_.warn("nothing is copied until SIGUSR2, or a person, says otherwise");
  watch_signals();
  serve_admin();
  start_workers();
  if (state_ == control::State::starting) state_ = control::State::running;
  log_.info("relaying",
            {{"app", options_->relay.app.text()}, {"workers", static_cast<uint64_t>(workers_.size())}});
  loop_.run();
  workers_.clear();
  return status_;
}

void Proxy::watch_signals() {
  const auto watch = [this](int number, std::function<void()> on_signal) {
    signals_.push_back(std::make_unique<net::SignalWatch>(loop_, number, std::move(on_signal)));
  };
  if (inherited_.leash >= 0) {
    leash_ = std::make_unique<net::Leash>(loop_, std::exchange(inherited_.leash, -1), [this] { drain(); });
    watch(SIGTERM, [this] {
      log_.debug("SIGTERM is left to the wrapper");
      leash_->report_sigterm();
    });
    watch(SIGINT, [this] { log_.debug("SIGINT is left to the wrapper"); });
  } else {
    watch(SIGTERM, [this] { drain(); });
    watch(SIGINT, [this] {
      if (++interrupts_ > 1) return cut();  // a person at a terminal who insists
      drain();
    });
  }
  watch(SIGHUP, [this] { hang_up(); });
  watch(SIGUSR2, [this] { helm_.toggle(); });
}

control::Access Proxy::access() const { return {helm_.options()->admin_token, helm_.options()->admin_hosts}; }

void Proxy::serve_admin() {
  if (admin_sockets_.empty()) return;
  admin_ = std::make_unique<control::AdminServer>(loop_, log_, *this, helm_, access());
  for (net::ListenSocket& socket : admin_sockets_) {
    if (const auto serving = admin_->serve(std::move(socket)); !serving) {
      log_.error("the admin server cannot accept", {{"reason", serving.error().detail}});
    }
  }
}

void Proxy::start_workers() {
  known_.resize(for_workers_.size());
  for (size_t i = 0; i < for_workers_.size(); ++i) {
    // The first worker takes duplicates of the originals, whose addresses are still asked for.
    if (i == 0) {
      for (const auto& socket : originals_) {
        if (auto own = socket.duplicate()) for_workers_[0].push_back(std::move(*own));
      }
    }
    workers_.push_back(std::make_unique<Worker>(options_, log_, access_log_.get()));
    workers_.back()->start(std::move(for_workers_[i]),
                           [this] { loop_.post([this] { on_worker_failed(); }); });
  }
}

void Proxy::hang_up() {
  if (access_log_) {
    if (const auto opened = access_log_->reopen(); !opened) {
      log_.error("the access log cannot be opened again; the old file goes on",
                 {{"file", options_->access_log}, {"reason", opened.error().detail}});
    }
  }
  helm_.reload([](const control::ReloadReport&) {});
}

void Proxy::on_worker_failed() {
  status_ = 1;
  drain();
}

void Proxy::drain() {
  if (state_ == control::State::draining) return;  // a second SIGTERM changes nothing: Heroku sends several
  state_ = control::State::draining;
  helm_.lay_down();
  const config::DrainOptions& times = helm_.options()->drain;
  log_.info("draining",
            {{"delay", format_duration(times.delay)}, {"timeout", format_duration(times.timeout)}});
  drain_timer_->start_once(times.delay);
}

void Proxy::begin_drain() {
  if (std::exchange(drain_begun_, true)) return;
  for (auto& socket : originals_) {
    socket.unlink_path();
    socket = net::ListenSocket();
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->drain([this, i](Worker::Report last) {
      loop_.post([this, i, last = std::move(last)]() mutable { on_worker_ended(i, std::move(last)); });
    });
  }
  drain_timer_->start_once(helm_.options()->drain.timeout);
}

void Proxy::cut() {
  begin_drain();
  log_.warn("ending what is left");
  for (const auto& worker : workers_) worker->cut();
}

void Proxy::on_worker_ended(size_t worker, Worker::Report last) {
  known_[worker] = std::move(last);
  if (++workers_ended_ < workers_.size()) return;
  drain_timer_->stop();
  write_deadline_ = monotonic_now() + kLastWrites;
  end_timer_ = std::make_unique<net::Timer>(loop_, [this] { finish_when_written(); });
  end_timer_->start_every(kEndPoll);
}

// The access log's last lines, and threads that are still busy in the system's resolver, get a moment.
void Proxy::finish_when_written() {
  const bool written = !access_log_ || access_log_->idle();
  const bool ended = std::all_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->ended(); });
  const bool late = monotonic_now() > write_deadline_;
  if (!late && !(written && ended)) return;
  log_.info("drained");
  // A look-up that the system never answers, or a log whose reader has stopped, must not hold the exit.
  if (!ended || !written) std::_Exit(status_);
  end_timer_->stop();
  gatherings_.clear();
  admin_.reset();
  for (const auto& socket : admin_originals_) socket.unlink_path();
  loop_.close_inbox();
}

control::Snapshot Proxy::snapshot_frame() const {
  control::Snapshot frame;
  frame.version = std::string(version());
  frame.uptime_seconds = static_cast<double>(monotonic_now() - started_) / 1e9;
  frame.state = state_;
  frame.workers = options_->workers;
  frame.listening = state_ == control::State::running;
  frame.app = options_->relay.app.text();
  frame.ready_needs_app = helm_.options()->ready_needs_app;
  frame.process = control::ProcessFigures::read();
  return frame;
}

void Proxy::collect(control::SnapshotSource::Done done) {
  const uint64_t id = ++last_gathering_;
  auto& gathering = *(gatherings_[id] = std::make_unique<Gathering>());
  gathering.snapshot = snapshot_frame();
  gathering.snapshot.workers_answered = static_cast<unsigned>(workers_ended_);
  gathering.done = std::move(done);
  for (size_t i = 0; i < workers_.size(); ++i) {
    const bool asked = workers_[i]->snapshot([this, id, i](Worker::Report report) {
      loop_.post([this, id, i, report = std::move(report)]() mutable {
        known_[i] = std::move(report);
        on_part(id, [](Gathering& g) { ++g.snapshot.workers_answered; });
      });
    });
    if (asked) ++gathering.missing;
  }
  if (gathering.snapshot.ready_needs_app) {
    ++gathering.missing;
    gathering.probe = std::make_unique<AppProbe>(loop_, options_->relay.app, [this, id](bool accepts) {
      on_part(id, [accepts](Gathering& g) { g.snapshot.app_accepts = accepts; });
    });
  }
  gathering.deadline = std::make_unique<net::Timer>(loop_, [this, id] { finish(id); });
  gathering.deadline->start_once(gathering.missing == 0 ? 0 : kSnapshotWait);
}

void Proxy::on_part(uint64_t id, const std::function<void(Gathering&)>& add) {
  const auto found = gatherings_.find(id);
  if (found == gatherings_.end()) return;  // too late
  add(*found->second);
  if (--found->second->missing == 0) finish(id);
}

// Called from a gathering's own timer or probe too: the loop buries it.
void Proxy::finish(uint64_t id) {
  const auto found = gatherings_.find(id);
  if (found == gatherings_.end()) return;
  std::unique_ptr<Gathering> gathering = std::move(found->second);
  gatherings_.erase(found);
  helm_.describe(gathering->snapshot);
  for (const Worker::Report& report : known_) helm_.add(report, gathering->snapshot);
  if (access_log_) gathering->snapshot.total.access_log_lost += access_log_->lost_lines();
  gathering->deadline->stop();
  const auto done = std::move(gathering->done);
  done(std::move(gathering->snapshot));
  loop_.retire(std::move(gathering));
}

}  // namespace umbra::app
