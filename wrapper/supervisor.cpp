#include "wrapper/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <set>
#include <utility>

#include "umbra/base/text.h"
#include "wrapper/child.h"
#include "wrapper/children.h"
#include "wrapper/ports.h"
#include "wrapper/probe.h"

namespace umbra::wrapper {
namespace {

// As a shell says it: 127 for what is not there, 126 for what is not a program.
int status_of_failed_exec(int error) { return error == ENOENT ? 127 : 126; }

bool is_due(Nanos when, Nanos now) { return when != 0 && when <= now; }

std::string_view name_of(Mode mode) {
  return mode == Mode::full ? "full" : mode == Mode::safe ? "safe" : "bare";
}

}  // namespace

Supervisor::Supervisor(const Options& options, const AppProcess& app, const ProxyProgram& program,
                       Signals& signals, Log& log)
    : options_(options), app_(app), program_(program), signals_(signals), log_(log) {}

Supervisor::~Supervisor() { drop_leash(); }

int Supervisor::run(Front front, Mode mode) {
  front_.emplace(std::move(front));
  policy_.emplace(mode);
  adopt_orphans();
  if (!start_app()) return status_;
  if (options_.listen_at_once) {
    app_address_ = app_.addresses.front();
    serve();
  }
  while (state_ != State::over) wait();
  end_leftovers();
  return status_;
}

bool Supervisor::start_app() {
  const Launched app = launch({.arguments = app_.arguments,
                               .environment = app_.environment.entries(),
                               .death_signal = SIGTERM,
                               .mask = signals_.original_mask()});
  started_ = monotonic_now();
  if (app.pid == 0) {
    status_ = status_of_failed_exec(app.error);
    log_.error("the application cannot be started",
               {{"program", app_.arguments.front()}, {"reason", std::strerror(app.error)}});
    return false;
  }
  app_pid_ = app.pid;
  probe_at_ = look_aside_at_ = started_;
  log_.info("application started", {{"pid", app_pid_}, {"expected_at", app_.addresses.front().text()}});
  return true;
}

void Supervisor::wait() {
  const Nanos now = monotonic_now();
  const Nanos wake = next_wake();
  // Rounded up: what is due is due when it wakes.
  const Nanos left = wake == 0 ? 0 : (wake > now ? (wake - now + kMillisecond - 1) / kMillisecond : 0);
  std::array<pollfd, 2> heard{
      {{signals_.fd(), POLLIN, 0}, {leash_, POLLIN, 0}}};  // poll(2) skips a leash of -1
  ::poll(heard.data(), heard.size(), wake == 0 ? -1 : static_cast<int>(std::min<Nanos>(left, INT_MAX)));
  if (heard[1].revents != 0) hear_proxy();
  hear();
  on_time(monotonic_now());
  end_if_alone();
}

Nanos Supervisor::next_wake() const {
  Nanos next = 0;
  for (const Nanos when : {probe_at_, restart_at_, stop_app_at_, kill_at_}) {
    if (when != 0 && (next == 0 || when < next)) next = when;
  }
  return next;
}

void Supervisor::hear() {
  while (const auto heard = signals_.next()) on_signal(*heard);
}

void Supervisor::on_signal(const Signals::Heard& heard) {
  if (heard.number == SIGCHLD) return reap();
  if (heard.number == SIGTERM) return stop();
  if (app_pid_ == 0 || heard.from_terminal) return;
  ::kill(app_pid_, heard.number);
}

void Supervisor::on_time(Nanos now) {
  if (is_due(probe_at_, now)) look_for_app(now);
  if (is_due(restart_at_, now)) start_proxy();
  if (is_due(stop_app_at_, now)) stop_app();
  if (is_due(kill_at_, now)) kill_all();
}

void Supervisor::look_for_app(Nanos now) {
  const auto found = std::find_if(app_.addresses.begin(), app_.addresses.end(), accepts);
  if (found != app_.addresses.end()) {
    app_address_ = *found;
    log_.info("application accepts",
              {{"address", found->text()},
               {"after", format_duration((now - started_) / kMillisecond * kMillisecond)}});
    return serve();
  }
  if (is_due(look_aside_at_, now)) {
    // Nobody but the app can listen there: the front is bound and does not listen yet.
    const bool taken = accepts({net::Address::Kind::tcp, "127.0.0.1", options_.port, ""}) ||
                       accepts({net::Address::Kind::tcp, "::1", options_.port, ""});
    if (taken) return stand_aside();
    look_aside_at_ = now + kLookAside;
  }
  if (now - started_ > options_.wait && !std::exchange(waited_too_long_, true)) {
    log_.error("the application does not accept connections; does it listen on the port that PORT gives it?",
               {{"address", app_.addresses.front().text()}, {"waited", format_duration(options_.wait)}});
  }
  probe_at_ = now + kProbeEvery;
}

// From here on connections wait in the front's queue, whether a proxy runs or not.
void Supervisor::serve() {
  probe_at_ = 0;
  if (const auto listening = front_->listen(); !listening) {
    if (listening.error().code == Errc::in_use) return stand_aside();
    log_.error("cannot listen", {{"port", options_.port}, {"reason", listening.error().detail}});
    return stop();
  }
  state_ = State::serving;
  start_proxy();
}

void Supervisor::stand_aside() {
  probe_at_ = 0;
  state_ = State::aside;
  log_.error(
      "the application listens on PORT itself and is left alone there: nothing is copied. It has to take its "
      "port from PORT",
      {{"port", options_.port},
       {"expected_at", app_.addresses.front().text()},
       {"listener", port_holder(options_.port)}});
  front_->close();
}

void Supervisor::start_proxy() {
  restart_at_ = 0;
  int leash[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, leash) < 0) {
    log_.error("the proxy cannot be started", {{"reason", std::strerror(errno)}});
    return restart_later(false);
  }
  auto handed = front_->handed();
  handed.push_back({leash[0], "leash"});
  const Launched proxy = launch({.arguments = program_.arguments(policy_->mode(), app_address_),
                                 .environment = program_.environment(policy_->mode()).entries(),
                                 .handed = std::move(handed),
                                 .quiet = true,
                                 .mask = signals_.original_mask()});
  ::close(leash[0]);
  if (proxy.pid == 0) {
    ::close(leash[1]);
    log_.error("the proxy cannot be started",
               {{"program", program_.path()}, {"reason", std::strerror(proxy.error)}});
    return restart_later(false);
  }
  leash_ = leash[1];
  proxy_pid_ = proxy.pid;
  log_.info("proxy started", {{"pid", proxy_pid_}, {"mode", name_of(policy_->mode())}});
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == app_pid_) on_app_end(status);
    if (pid == proxy_pid_) on_proxy_end(status);
  }
}

void Supervisor::on_app_end(int status) {
  app_pid_ = 0;
  status_ = exit_status(status);
  log_.info("exit", {{"process", "app"}, {"how", describe_end(status)}, {"status", status_}});
  if (state_ == State::starting && !stopping_) {
    log_.error("the application has ended before it accepted a connection",
               {{"address", app_.addresses.front().text()}});
  }
  probe_at_ = restart_at_ = stop_app_at_ = 0;
  state_ = State::ending;
  front_->close();
  let_proxy_go();
  // What the app has said to slow clients is still on its way.
  if (kill_at_ == 0) kill_at_ = monotonic_now() + program_.drain_timeout() + kSecond;
}

void Supervisor::on_proxy_end(int status) {
  proxy_pid_ = 0;
  hear_proxy();
  drop_leash();
  if (state_ == State::draining) return stop_app();
  if (state_ != State::serving) return;
  constexpr int kRefused = 2;
  log_.error("exit", {{"process", "umbra"}, {"how", describe_end(status)}});
  restart_later(WIFEXITED(status) && WEXITSTATUS(status) == kRefused);
}

void Supervisor::restart_later(bool refused) {
  const Nanos now = monotonic_now();
  const auto restart = policy_->on_end(now, refused);
  if (restart.mode_changed) {
    log_.error(refused ? "umbra refuses what it was told: from now on it relays only, NOTHING IS COPIED"
                       : "umbra has ended too often: from now on it relays only, NOTHING IS COPIED",
               {{"mode", name_of(policy_->mode())}});
  }
  restart_at_ = now + restart.delay;
}

// The front first: who connects from now on is refused, and can go to another instance, instead of waiting in
// a queue that nobody takes from any more.
void Supervisor::stop() {
  if (std::exchange(stopping_, true)) return;
  const Nanos now = monotonic_now();
  kill_at_ = stop_deadline_ = now + options_.stop_timeout;
  restart_at_ = probe_at_ = 0;
  front_->close();
  log_.info("stopping", {{"timeout", format_duration(options_.stop_timeout)}});
  if (proxy_pid_ == 0) return stop_app();
  state_ = State::draining;
  stop_app_at_ = now + program_.drain_timeout();
  let_proxy_go();
}

// An app that a platform has sent SIGTERM itself is on its way out: a second one could meet it where it no
// longer handles them, and cut its last work short. Should it not have had one after all, it gets it later.
void Supervisor::stop_app() {
  state_ = State::ending;
  stop_app_at_ = 0;
  const Nanos stop_began = stop_deadline_ - options_.stop_timeout;
  const bool sent_to_all = std::exchange(proxy_sigterm_, 0) + kAtOnce > stop_began;
  if (sent_to_all) {
    stop_app_at_ = stop_deadline_ - options_.stop_timeout / 5;
  } else if (app_pid_ != 0) {
    ::kill(app_pid_, SIGTERM);
  }
}

void Supervisor::let_proxy_go() {
  if (leash_ >= 0) ::shutdown(leash_, SHUT_WR);  // it may still have something to say
}

// The one thing that a proxy says: that it was sent SIGTERM.
void Supervisor::hear_proxy() {
  std::array<char, 16> said{};
  const ssize_t size = ::recv(leash_, said.data(), said.size(), MSG_DONTWAIT);
  if (size > 0) proxy_sigterm_ = monotonic_now();
  if (size == 0) drop_leash();
}

void Supervisor::drop_leash() {
  if (leash_ >= 0) ::close(std::exchange(leash_, -1));
}

void Supervisor::kill_all() {
  kill_at_ = stop_app_at_ = 0;
  for (const auto& [pid, process] : {std::pair(app_pid_, "app"), std::pair(proxy_pid_, "umbra")}) {
    if (pid == 0) continue;
    log_.warn("killed: its time to stop is over", {{"process", process}, {"pid", pid}});
    ::kill(pid, SIGKILL);
  }
}

void Supervisor::end_if_alone() {
  if (app_pid_ == 0 && proxy_pid_ == 0) state_ = State::over;
}

// An app that was started by a shell or a process manager may leave processes behind; without them the next
// app could not have their ports.  While the wrapper stops they have what is left of its time.
void Supervisor::end_leftovers() {
  const Nanos now = monotonic_now();
  const Nanos deadline = stopping_ ? std::max(stop_deadline_, now) : now + kLeftovers;
  std::set<pid_t> told;
  for (auto left = living_children(); !left.empty(); left = living_children()) {
    const Nanos late = monotonic_now();
    if (late >= deadline + kLeftovers) return;  // one that cannot be killed, by this user or at all
    for (const pid_t pid : left) {
      const bool first = told.insert(pid).second;
      if (first) log_.warn("left behind by the application: ended", {{"pid", pid}});
      if (first && late < deadline) ::kill(pid, SIGTERM);
      if (late >= deadline) ::kill(pid, SIGKILL);
    }
    pollfd signals{signals_.fd(), POLLIN, 0};
    ::poll(&signals, 1, 20);
    while (signals_.next()) continue;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
  }
}

}  // namespace umbra::wrapper
