#include "umbra/mirror/watchdog.h"

#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/text.h"

namespace umbra::mirror {
namespace {

// A worker sees its share of the copies.
std::optional<StopWhen> share_of(std::optional<StopWhen> options, unsigned workers) {
  if (options) options->at_least = std::max<uint64_t>(1, options->at_least / workers);
  return options;
}

// What umbra or the client did is not the shadow's error.
bool is_the_shadows(Fail why) noexcept {
  switch (why) {
    case Fail::over_budget:
    case Fail::body_too_large:
    case Fail::client_aborted:
    case Fail::opaque:
    case Fail::draining:
      return false;
    default:
      return true;
  }
}

}  // namespace

Watchdog::Watchdog(const ShadowOptions& shadow, unsigned workers, Log& log) : name_(shadow.name), log_(log) {
  reconfigure(shadow, workers);
}

void Watchdog::reconfigure(const ShadowOptions& shadow, unsigned workers) {
  const auto wanted = share_of(shadow.stop_when, workers);
  if (wanted == options_) return;
  options_ = wanted;
  guard_.reset();
  if (options_) guard_.emplace(*options_);
}

void Watchdog::on_answered(Nanos now, unsigned status, Nanos last_byte) {
  if (guard_) take(guard_->on_ended(now, status < 500, last_byte));
}

void Watchdog::on_failed(Nanos now, Fail why) {
  if (guard_ && is_the_shadows(why)) take(guard_->on_ended(now, false, std::nullopt));
}

void Watchdog::take(Guard::Verdict verdict) {
  if (verdict == Guard::Verdict::go_on) return;
  const Guard::Seen& seen = guard_->seen();
  log_.warn("shadow stopped by its stop_when: its copies are dropped",
            {{"shadow", name_},
             {"because", verdict == Guard::Verdict::errors ? "errors" : "latency"},
             {"copies", seen.ended},
             {"errors", fmt::format("{:.1f}%", seen.error_share() * 100)},
             {"mean_time", format_duration(seen.mean_time())}});
}

bool Watchdog::resumes(Nanos now) {
  const auto due = guard_->resume_at();
  if (!due || now < *due) return false;
  guard_->resume();
  log_.info("shadow goes on after its stop", {{"shadow", name_}});
  return true;
}

void Watchdog::resume() {
  if (stopped()) guard_->resume();
}

}  // namespace umbra::mirror
