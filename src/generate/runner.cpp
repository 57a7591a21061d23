#include "umbra/generate/runner.h"

#include <sys/prctl.h>

#include <algorithm>
#include <csignal>

#include "umbra/net/tls_context.h"

namespace umbra::generate {
namespace {

double seconds(Nanos time) { return static_cast<double>(time) / 1e9; }

// Of `all`, what the `index`-th of `count` gets when the first ones take what is left over.
template <typename Number>
Number share(Number all, size_t index, size_t count) {
  return static_cast<Number>(all / count + (index < all % count ? 1 : 0));
}

// No thread without a user, and without an iteration.
size_t lanes_of(const Options& options) {
  size_t lanes = std::min<size_t>(options.threads, options.load.users);
  if (options.load.iterations != 0) lanes = std::min<size_t>(lanes, options.load.iterations);
  return std::max<size_t>(lanes, 1);
}

}  // namespace

double Outcome::asked_rate() const noexcept { return planned == 0 ? 0 : asked / seconds(planned); }

double Outcome::achieved_rate() const noexcept {
  return measured == 0 ? 0 : static_cast<double>(tally.begun) / seconds(measured);
}

// Of the arrivals that have come, which Poisson's chance makes more or fewer than were asked for.
double Outcome::rate_ratio() const noexcept {
  const uint64_t due = tally.begun + tally.dropped + tally.missed;
  if (asked <= 0 || due == 0 || measured == 0) return 1;
  const double begun = static_cast<double>(tally.begun) / static_cast<double>(due);
  return begun * seconds(planned) / seconds(measured);
}

// One of the run's threads.
struct Runner::LaneThread {
  net::Loop loop;
  std::unique_ptr<Lane> lane;  // its thread's own
  std::thread thread;
  bool over = false;  // the runner's: its last tally has come
};

Runner::Runner(const Options& options) : options_(options), known_(lanes_of(options)) {}

Runner::~Runner() {
  for (const auto& lane : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

Result<Outcome> Runner::run(const OnProgress& on_progress) {
  std::shared_ptr<net::TlsContext> tls;
  if (options_.target.tls) {
    auto made = net::TlsContext::make(*options_.target.tls, net::TlsSide::client);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  on_progress_ = &on_progress;
  for (const int number : {SIGINT, SIGTERM}) {
    signals_.push_back(
        std::make_unique<net::SignalWatch>(loop_, number, [this, number] { on_signal(number); }));
  }
  zero_ = monotonic_now() + kLeadTime;
  start_lanes(tls);
  progress_ = std::make_unique<net::Timer>(loop_, [this] { ask_progress(); });
  progress_->start_every(kProgressEvery);
  end_ = std::make_unique<net::Timer>(loop_, [this] { cut(); });
  const Nanos length = options_.load.curve ? options_.load.curve->length() : options_.load.duration;
  if (length != 0) end_->start_once(kLeadTime + length + options_.graceful_stop);
  loop_.run();
  for (const auto& lane : lanes_) lane->thread.join();
  return outcome();
}

void Runner::start_lanes(const std::shared_ptr<net::TlsContext>& tls) {
  const size_t count = known_.size();
  const uint64_t shards = options_.shard.count * count;
  for (size_t i = 0; i < count; ++i) {
    lanes_.push_back(std::make_unique<LaneThread>());
    LaneThread& own = *lanes_.back();
    const Lane::Part part{{options_.shard.index + options_.shard.count * i, shards},
                          share(options_.load.users, i, count),
                          share(options_.load.iterations, i, count)};
    own.thread = std::thread([this, &own, part, tls, i] {
      ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL,
              0UL);  // the default of 50 us would be the greatest part of the lag
      own.lane = std::make_unique<Lane>(own.loop, options_, part, tls, [this, &own, i] {
        loop_.post([this, i, last = own.lane->tally()] { on_lane_over(i, last); });
        // From its own callback: it goes when that has unwound.
        own.loop.post([&own] {
          own.lane.reset();
          own.loop.close_inbox();
        });
      });
      own.lane->start(zero_);
      own.loop.run();
    });
  }
}

void Runner::on_lane_over(size_t lane, const Tally& last) {
  known_[lane] = last;
  lanes_[lane]->over = true;
  if (++over_ < lanes_.size()) return;
  if (ended_ == 0) ended_ = monotonic_now();
  progress_->stop();
  end_->stop();
  loop_.close_inbox();
}

void Runner::ask_progress() {
  Tally all;
  for (const Tally& tally : known_) all.add(tally);
  const Nanos now = monotonic_now();
  (*on_progress_)(all, now > zero_ ? now - zero_ : 0);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    LaneThread& own = *lanes_[i];
    own.loop.post([this, &own, i] {
      if (!own.lane) return;
      loop_.post([this, i, now_known = own.lane->tally()] {
        if (!lanes_[i]->over) known_[i] = now_known;
      });
    });
  }
}

void Runner::on_signal(int number) {
  if (interrupted_ != 0) return cut();
  interrupted_ = number;
  ended_ = monotonic_now();
  for (const auto& own : lanes_) {
    own->loop.post([lane = own.get()] {
      if (lane->lane) lane->lane->stop();
    });
  }
  end_->start_once(options_.graceful_stop);
}

void Runner::cut() {
  for (const auto& own : lanes_) {
    own->loop.post([lane = own.get()] {
      if (lane->lane) lane->lane->cut();
    });
  }
}

Outcome Runner::outcome() const {
  Outcome outcome;
  for (const Tally& tally : known_) outcome.tally.add(tally);
  outcome.interrupted = interrupted_;
  const Nanos from = zero_ + options_.warm_up;
  const RateCurve* curve = options_.load.curve.get();
  const Nanos length = curve ? curve->length() : options_.load.duration;
  Nanos until = length == 0 ? ended_ : zero_ + length;
  if (!curve) until = std::min(until, ended_);  // iterations may be over before the time is
  if (interrupted_ != 0) until = std::min(until, ended_);
  if (until <= from) return outcome;
  outcome.planned = until - from;
  outcome.measured = std::max(until, outcome.tally.last_begun) - from;
  if (!curve) return outcome;
  const auto asked = curve->count_at(until - zero_) - curve->count_at(options_.warm_up);
  outcome.asked = static_cast<double>(asked) / static_cast<double>(options_.shard.count);
  return outcome;
}

}  // namespace umbra::generate
