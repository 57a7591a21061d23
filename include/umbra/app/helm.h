// Helm: what all workers go by, and how that changes while they run: the options in force, what people have
// said of shadows since, and the switch for all copies.
//
// Owned by the Proxy, on the control loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "umbra/app/worker.h"
#include "umbra/control/snapshot.h"
#include "umbra/control/steering.h"

namespace umbra::app {

class Helm final : public control::Steering {
 public:
  using Options = std::shared_ptr<const config::ProxyOptions>;
  using Workers = std::vector<std::unique_ptr<Worker>>;
  // Options, or the problems why there are none.
  struct Reading {
    Options options;
    std::vector<std::string> problems;
  };
  // Reads the configuration again, complete and ready for workers; null: there is none to read.
  using Read = std::function<Reading(const config::ProxyOptions& now)>;

  // `workers` outlive it.  `on_reloaded` is called when other options have come into force.
  Helm(net::Loop& loop, Log& log, Options options, Read read, const Workers& workers,
       std::function<void()> on_reloaded);

  const Options& options() const noexcept { return options_; }

  void steer(control::Order order, Steered done) override;
  // A configuration with problems changes nothing.  Every problem is logged.
  void reload(Reloaded done) override;
  // As SIGUSR2 does: nothing is copied, or all is again.
  void toggle();
  // umbra drains: no reload any more.
  void lay_down() noexcept { laid_down_ = true; }

  // Fills in what the helm knows: which shadows there are, what has been said of them, reloads.
  void describe(control::Snapshot& snapshot) const;
  // Adds what a worker has counted, be it under older options.
  void add(const Worker::Report& report, control::Snapshot& to) const;

 private:
  // What a person has said of a shadow; it holds until the shadow goes.
  struct Said {
    std::optional<bool> paused;
    std::optional<rules::BasisPoints> percent;
  };
  using Tell = std::function<bool(Worker&, std::function<void()>)>;

  mirror::Steering steering_of(const mirror::ShadowOptions& shadow) const;
  void say(const mirror::ShadowOptions& shadow, const control::Order& order);
  void tell(const Tell& tell, std::function<void()> done);
  void adopt(const config::ProxyOptions& next);
  control::ReloadReport refuse(control::ReloadReport::Outcome outcome, std::vector<std::string> problems);
  void log_changes(const control::ReloadReport& report);
  std::vector<metrics::ShadowCounters> in_place(const Worker::Report& report,
                                                metrics::ShadowCounters& removed) const;

  net::Loop& loop_;
  Log& log_;
  Options options_;
  Read read_;
  const Workers& workers_;
  std::function<void()> on_reloaded_;
  std::map<std::string, Said> said_;
  bool off_;
  bool laid_down_ = false;
  control::Reloads reloads_;
  uint64_t removed_ = 0;
};

}  // namespace umbra::app
