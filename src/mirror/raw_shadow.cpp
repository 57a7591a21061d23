#include "umbra/mirror/raw_shadow.h"

#include <algorithm>

namespace umbra::mirror {
namespace {

size_t share_of(size_t all, unsigned workers) { return std::max<size_t>(1, all / workers); }

}  // namespace

RawShadow::RawShadow(net::Loop& loop, ShadowHost& host, const ShadowOptions& shadow, const Options& all,
                     unsigned workers, TotalBudget& total, Log& log)
    : loop_(loop),
      host_(host),
      log_(log),
      name_(shadow.name),
      budget_(total),
      target_(loop, shadow.address, net::Resolver::Use::in_turn),
      tick_(loop, [this] { tick(); }) {
  reconfigure(shadow, all, workers);
}

RawShadow::~RawShadow() = default;

void RawShadow::reconfigure(const ShadowOptions& shadow, const Options& all, unsigned workers) {
  connections_max_ = share_of(shadow.connections.value_or(all.connections), workers);
  timeout_ = shadow.timeout.value_or(all.timeout);
  connect_timeout_ = shadow.connect_timeout.value_or(all.connect_timeout);
}

Drop RawShadow::barred() const noexcept {
  if (draining_) return Drop::draining;
  if (breaker_.open() && (probing_ || monotonic_now() < probe_at_)) return Drop::breaker_open;
  return copies_.size() < connections_max_ ? Drop::count : Drop::connections_max;
}

void RawShadow::refuse(Drop why) noexcept {
  ++counters_.seen;
  ++counters_.dropped[why];
}

void RawShadow::begin(RawSeat& seat) {
  Drop why = barred();
  if (why == Drop::count) why = budget_.take(RawCopy::kCharge);
  if (why != Drop::count) return refuse(why);
  ++counters_.seen;
  ++counters_.in_flight;
  ++counters_.connections_opened;
  ++connecting_;
  RawCopy& copy =
      *copies_.emplace_back(std::make_unique<RawCopy>(loop_, target_, *this, budget_, connect_timeout_));
  copy.place = copies_.size() - 1;
  copy.probe = probing_ = breaker_.open();
  copy.sit_on(seat);
  copy.start();
}

// ---- what copies report ----

void RawShadow::on_connected(RawCopy&) {
  --connecting_;
  uint64_t held_back = 0;
  if (breaker_.open() && log_gate_.open(monotonic_now(), held_back)) {
    log_.info("shadow accepts connections again", {{"shadow", name_}});
  }
  breaker_.on_connected();
}

void RawShadow::on_connect_failed(RawCopy& copy, Fail why) {
  const bool was_open = breaker_.open();
  // Attempts that were under way when it opened are no probes.
  if ((was_open && !copy.probe) || !breaker_.on_connect_failed()) return;
  const Nanos now = monotonic_now();
  probe_at_ = now + breaker_.probe_delay();
  uint64_t held_back = 0;
  if (!was_open && log_gate_.open(now, held_back)) {
    log_.warn("shadow cannot be connected; its copies are dropped until it can",
              {{"shadow", name_}, {"reason", std::string(name_of(why))}});
  }
}

void RawShadow::on_waiting() {
  if (!tick_.running()) tick_.start_every(std::clamp(timeout_ / 4, 10 * kMillisecond, Shadow::kTick));
}

void RawShadow::on_reading_paused(RawCopy& copy) {
  if (std::exchange(copy.paused, true)) return;
  reading_paused_.push_back(&copy);
  host_.on_shadow_busy();
}

void RawShadow::on_over(RawCopy& copy, RawOutcome outcome) {
  count(outcome);
  if (!copy.connected()) --connecting_;
  if (copy.probe) probing_ = false;
  if (copy.paused) std::erase(reading_paused_, &copy);
  const size_t place = copy.place;
  std::swap(copies_[place], copies_.back());
  copies_[place]->place = place;
  loop_.retire(std::move(copies_.back()));
  copies_.pop_back();
  report_quiet();
}

void RawShadow::count(RawOutcome outcome) noexcept {
  --counters_.in_flight;
  if (outcome.drop) {
    ++counters_.dropped[*outcome.drop];
  } else if (outcome.failure) {
    ++counters_.failed[*outcome.failure];
  } else {
    ++counters_.completed;
  }
}

// ---- bounds ----

void RawShadow::end_turn() {
  for (RawCopy* copy : std::exchange(reading_paused_, {})) {
    copy->paused = false;
    copy->read_on();
  }
}

void RawShadow::tick() {
  const Nanos now = monotonic_now();
  std::vector<RawCopy*> late;
  bool waiting = false;
  for (const auto& copy : copies_) {
    const Nanos deadline = copy->deadline(timeout_);
    waiting = waiting || deadline != 0;
    if (deadline != 0 && deadline < now) late.push_back(copy.get());
  }
  for (RawCopy* copy : late) copy->lose(Fail::timeout, Drop::timeout);
  if (!waiting) tick_.stop();
}

void RawShadow::drain() {
  draining_ = true;
  lose_unconnected(Drop::draining);
  report_quiet();
}

// From the back: who goes makes the last one take its place.
void RawShadow::lose_unconnected(Drop why) {
  for (size_t i = copies_.size(); i > 0; --i) {
    if (!copies_[i - 1]->connected()) copies_[i - 1]->lose(Fail::draining, why);
  }
}

void RawShadow::cut() {
  draining_ = true;
  while (!copies_.empty()) copies_.back()->lose(Fail::draining, Drop::draining);
}

void RawShadow::report_quiet() {
  if (draining_ && quiet()) host_.on_shadow_quiet();
}

metrics::ShadowCounters RawShadow::counters() const {
  metrics::ShadowCounters now = counters_;
  now.waiting = connecting_;
  now.held_bytes = budget_.used();
  now.held_bytes_peak = budget_.peak();
  now.held_bytes_limit = budget_.limit();
  now.connections_open = copies_.size();
  now.breakers_open = breaker_.open() ? 1 : 0;
  return now;
}

}  // namespace umbra::mirror
