#include "umbra/app/helm.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "umbra/app/changes.h"

namespace umbra::app {
namespace {

using config::ProxyOptions;
using control::ReloadReport;
using mirror::ShadowOptions;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Its index in `shadows`; as many as there are: it is not among them.
size_t index_of(const ShadowOptions& shadow, const std::vector<ShadowOptions>& shadows) {
  const auto found = std::find_if(shadows.begin(), shadows.end(),
                                  [&](const ShadowOptions& other) { return same_place(shadow, other); });
  return static_cast<size_t>(found - shadows.begin());
}

}  // namespace

Helm::Helm(net::Loop& loop, Log& log, Options options, Read read, const Workers& workers,
           std::function<void()> on_reloaded)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      read_(std::move(read)),
      workers_(workers),
      on_reloaded_(std::move(on_reloaded)),
      off_(options_->mirror.off) {
  reloads_.loaded_at_seconds = seconds_since_1970();
}

// Calls `done` when every worker has done what `tell` told it.
void Helm::tell(const Tell& tell, std::function<void()> done) {
  const auto missing = std::make_shared<size_t>(1);
  const std::function<void()> one_less = [missing, done = std::move(done)] {
    if (--*missing == 0) done();
  };
  for (const auto& worker : workers_) {
    if (tell(*worker, [this, one_less] { loop_.post(one_less); })) ++*missing;
  }
  loop_.post(one_less);
}

// ---- orders ----

mirror::Steering Helm::steering_of(const ShadowOptions& shadow) const {
  const auto found = said_.find(shadow.name);
  if (found == said_.end()) return {shadow.paused, std::nullopt};
  return {found->second.paused.value_or(shadow.paused), found->second.percent};
}

void Helm::say(const ShadowOptions& shadow, const control::Order& order) {
  Said& said = said_[shadow.name];
  if (order.paused) said.paused = order.paused;
  if (order.sets_percent) said.percent = order.percent;
  const auto now = steering_of(shadow);
  log_.info("shadow steered",
            {{"shadow", shadow.name},
             {"paused", now.paused ? "yes" : "no"},
             {"percent", now.percent ? fmt::format("{}", *now.percent / 100.0) : "as configured"}});
}

void Helm::steer(control::Order order, Steered done) {
  Worker::Orders orders;
  for (const ShadowOptions& shadow : options_->mirror.shadows) {
    if (order.shadow.value_or(shadow.name) != shadow.name) continue;
    say(shadow, order);
    orders.emplace_back(shadow.name, steering_of(shadow));
  }
  const bool found = !order.shadow || !orders.empty();
  if (!order.shadow && order.paused == false) off_ = false;
  tell([&](Worker& worker, auto told) { return worker.steer(orders, off_, std::move(told)); },
       [found, done = std::move(done)] { done(found); });
}

void Helm::toggle() {
  off_ = !off_;
  log_.warn(off_ ? "SIGUSR2: nothing is copied from now on, until the next one"
                 : "SIGUSR2: requests are copied again");
  tell([&](Worker& worker, auto told) { return worker.steer({}, off_, std::move(told)); }, [] {});
}

// ---- reloading ----

ReloadReport Helm::refuse(ReloadReport::Outcome outcome, std::vector<std::string> problems) {
  for (const std::string& problem : problems) log_.error("reload", {{"problem", problem}});
  log_.error("not reloaded: nothing has changed", {{"problems", static_cast<uint64_t>(problems.size())}});
  if (outcome == ReloadReport::Outcome::invalid) {
    ++reloads_.failed;
    reloads_.last_succeeded = false;
  }
  return {outcome, {}, {}, std::move(problems)};
}

// What was said of a shadow that goes, or that begins anew elsewhere, was not said of its successor.
void Helm::adopt(const ProxyOptions& next) {
  for (const ShadowOptions& shadow : options_->mirror.shadows) {
    if (index_of(shadow, next.mirror.shadows) < next.mirror.shadows.size()) continue;
    said_.erase(shadow.name);
    ++removed_;
  }
  options_ = std::make_shared<const ProxyOptions>(keep_what_stays(*options_, next));
  ++reloads_.succeeded;
  reloads_.last_succeeded = true;
  reloads_.loaded_at_seconds = seconds_since_1970();
}

void Helm::log_changes(const ReloadReport& report) {
  for (const std::string& change : report.changes) log_.info("reload", {{"change", change}});
  for (const std::string& what : report.needs_restart) {
    log_.warn("reload: this stays as it was until umbra is restarted", {{"what", what}});
  }
  log_.info("reloaded", {{"changes", static_cast<uint64_t>(report.changes.size())}});
}

void Helm::reload(Reloaded done) {
  const auto answer = [&](ReloadReport report) {
    loop_.post([done = std::move(done), report = std::move(report)] { done(report); });
  };
  if (laid_down_) return answer(refuse(ReloadReport::Outcome::refused, {"umbra drains"}));
  if (!read_) return answer(refuse(ReloadReport::Outcome::refused, {"there is no configuration to read"}));
  Reading reading = read_(*options_);
  if (!reading.options) return answer(refuse(ReloadReport::Outcome::invalid, std::move(reading.problems)));
  Changes changes = changes_between(*options_, *reading.options);
  const ReloadReport report{
      ReloadReport::Outcome::done, std::move(changes.made), std::move(changes.needs_restart), {}};
  adopt(*reading.options);
  log_changes(report);
  on_reloaded_();
  Worker::Orders orders;
  for (const ShadowOptions& shadow : options_->mirror.shadows) {
    orders.emplace_back(shadow.name, steering_of(shadow));
  }
  tell([&](Worker& worker, auto told) { return worker.reconfigure(options_, orders, std::move(told)); },
       [done = std::move(done), report] { done(report); });
}

// ---- snapshots ----

void Helm::describe(control::Snapshot& snapshot) const {
  snapshot.mirror_off = off_;
  snapshot.reloads = reloads_;
  snapshot.removed_shadows = removed_;
  for (const ShadowOptions& shadow : options_->mirror.shadows) {
    const auto steering = steering_of(shadow);
    control::ShadowIdentity who{shadow.name, shadow.url};
    who.paused = steering.paused;
    who.percent = steering.percent;
    who.insecure_tls = shadow.tls && shadow.tls->insecure;
    snapshot.shadows.push_back(std::move(who));
  }
}

// A worker's figures in the order of the options in force; those of shadows that these do not have, it has
// not taken away yet.
std::vector<metrics::ShadowCounters> Helm::in_place(const Worker::Report& report,
                                                    metrics::ShadowCounters& removed) const {
  const auto& now = options_->mirror.shadows;
  const auto& then = report.options->mirror.shadows;
  std::vector<metrics::ShadowCounters> placed(now.size());
  for (size_t i = 0; i < then.size(); ++i) {
    const size_t place = index_of(then[i], now);
    (place < now.size() ? placed[place] : removed).add(report.counters.shadows[i]);
  }
  return placed;
}

void Helm::add(const Worker::Report& report, control::Snapshot& to) const {
  if (!report.options) return;  // it has not answered yet
  to.removed.add(report.removed);
  metrics::WorkerCounters counters = report.counters;
  if (report.options != options_) counters.shadows = in_place(report, to.removed);
  to.total.add(counters);
}

}  // namespace umbra::app
