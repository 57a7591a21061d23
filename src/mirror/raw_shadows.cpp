#include "umbra/mirror/raw_shadows.h"

#include <algorithm>
#include <utility>

namespace umbra::mirror {

struct RawShadows::Leg {
  Leg(net::Loop& loop, ShadowHost& host, const ShadowOptions& of, const Options& all, unsigned workers,
      TotalBudget& total, Log& log)
      : options(of), paused(of.paused), shadow(loop, host, of, all, workers, total, log) {}
  ShadowOptions options;
  bool paused;
  RawShadow shadow;
};

// One session's copies.
class RawShadows::Copies final : public relay::SessionTap {
 public:
  explicit Copies(size_t shadows) : seats_(shadows) {}
  ~Copies() override { on_over(true); }

  RawSeat& seat(size_t i) noexcept { return seats_[i]; }
  bool none() const noexcept {
    return std::all_of(seats_.begin(), seats_.end(), [](const RawSeat& seat) { return !seat.copy; });
  }
  void on_client_bytes(Passing& passing) noexcept override {
    for (const RawSeat& seat : seats_) {
      if (seat.copy != nullptr) seat.copy->take(passing);
    }
  }
  void on_client_end() noexcept override {
    for (const RawSeat& seat : seats_) {
      if (seat.copy != nullptr) seat.copy->end();
    }
  }
  void on_over(bool aborted) noexcept override {
    for (const RawSeat& seat : seats_) {
      if (seat.copy != nullptr) seat.copy->on_session_over(aborted);
    }
  }

 private:
  std::vector<RawSeat> seats_;  // never moves: copies know their seats
};

RawShadows::RawShadows(net::Loop& loop, ShadowHost& host, unsigned workers, TotalBudget& total, Log& log)
    : loop_(loop), host_(host), workers_(workers), total_(total), log_(log) {}

RawShadows::~RawShadows() = default;

// ---- configuration ----

std::unique_ptr<RawShadows::Leg> RawShadows::take_leg(const ShadowOptions& options) {
  const auto found = std::find_if(legs_.begin(), legs_.end(), [&](const auto& leg) {
    return leg && leg->options.name == options.name && leg->options.address == options.address;
  });
  return found == legs_.end() ? nullptr : std::move(*found);
}

void RawShadows::reconfigure(const Options& options) {
  std::vector<std::unique_ptr<Leg>> legs;
  for (const ShadowOptions& shadow : options.shadows) {
    if (!shadow.raw) continue;
    auto leg = take_leg(shadow);
    if (leg) {
      leg->options = shadow;
      leg->shadow.reconfigure(shadow, options, workers_);
    } else {
      leg = std::make_unique<Leg>(loop_, host_, shadow, options, workers_, total_, log_);
    }
    legs.push_back(std::move(leg));
  }
  for (auto& leg : std::exchange(legs_, std::move(legs))) {
    if (!leg) continue;
    leg->shadow.drain();
    leaving_.push_back(std::move(leg));
  }
  bury_left();
}

void RawShadows::pause(std::string_view shadow, bool paused) {
  for (const auto& leg : legs_) {
    if (leg->options.name == shadow) leg->paused = paused;
  }
}

// ---- copies ----

std::unique_ptr<relay::SessionTap> RawShadows::on_session() {
  if (legs_.empty()) return nullptr;
  auto copies = std::make_unique<Copies>(legs_.size());
  for (size_t i = 0; i < legs_.size(); ++i) {
    if (off_ || legs_[i]->paused) {
      legs_[i]->shadow.refuse(Drop::paused);
    } else {
      legs_[i]->shadow.begin(copies->seat(i));
    }
  }
  return copies->none() ? nullptr : std::move(copies);
}

// ---- turns and the end ----

void RawShadows::end_turn() {
  for (const auto& leg : legs_) leg->shadow.end_turn();
  for (const auto& leg : leaving_) leg->shadow.end_turn();
  bury_left();
}

// Not from a shadow's own call: it would return into the dead.
void RawShadows::bury_left() {
  std::erase_if(leaving_, [this](const auto& leg) {
    if (!leg->shadow.quiet()) return false;
    metrics::ShadowCounters last = leg->shadow.counters();
    last.clear_levels();
    gone_.add(last);
    log_.info("shadow has gone", {{"shadow", leg->options.name},
                                  {"seen", last.seen},
                                  {"dropped", last.dropped.sum()},
                                  {"completed", last.completed},
                                  {"failed", last.failed.sum()}});
    return true;
  });
}

void RawShadows::drain() {
  for (const auto& leg : legs_) leg->shadow.drain();
}

void RawShadows::cut() {
  for (const auto& leg : legs_) leg->shadow.cut();
  for (const auto& leg : leaving_) leg->shadow.cut();
}

bool RawShadows::quiet() const noexcept {
  const auto is_quiet = [](const auto& leg) { return leg->shadow.quiet(); };
  return std::all_of(legs_.begin(), legs_.end(), is_quiet) &&
         std::all_of(leaving_.begin(), leaving_.end(), is_quiet);
}

std::vector<metrics::ShadowCounters> RawShadows::counters() const {
  std::vector<metrics::ShadowCounters> all;
  for (const auto& leg : legs_) all.push_back(leg->shadow.counters());
  return all;
}

metrics::ShadowCounters RawShadows::removed() const {
  metrics::ShadowCounters all = gone_;
  for (const auto& leg : leaving_) all.add(leg->shadow.counters());
  return all;
}

}  // namespace umbra::mirror
