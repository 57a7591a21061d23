// Watchdog: a shadow's stop_when at work in one worker: a Guard, where there is one, with what it says in the
// log.
//
// Each worker judges by its own copies, and stops for itself.
#pragma once

#include <optional>
#include <string>

#include "umbra/base/log.h"
#include "umbra/base/reason.h"
#include "umbra/mirror/guard.h"

namespace umbra::mirror {

class Watchdog {
 public:
  Watchdog(const ShadowOptions& shadow, unsigned workers, Log& log);
  // Other rules begin anew; the same ones go on.
  void reconfigure(const ShadowOptions& shadow, unsigned workers);

  void on_answered(Nanos now, unsigned status, Nanos last_byte);
  void on_failed(Nanos now, Fail why);

  bool stopped() const noexcept { return guard_ && guard_->stopped(); }
  // The same, but ends the stop when its time has come.
  bool stopped(Nanos now) { return stopped() && !resumes(now); }
  // A person wants it to go on.
  void resume();

 private:
  bool resumes(Nanos now);
  void take(Guard::Verdict verdict);

  std::string name_;
  Log& log_;
  std::optional<StopWhen> options_;
  std::optional<Guard> guard_;
};

}  // namespace umbra::mirror
