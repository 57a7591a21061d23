#include "wrapper/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/test_client.h"
#include "wrapper/app/report.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

constexpr size_t kThreads = 24;

constexpr std::array<std::string_view, 4> kNames{"answered", "refused", "broken", "failed"};

}  // namespace

Load::Load(Rate rate, Router router)
    : rate_(rate), router_(std::move(router)), start_(support::Clock::now()) {
  for (size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { run(); });
}

Load::~Load() { stop(); }

std::vector<Outcome> Load::stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return outcomes_;
}

void Load::run() {
  for (;;) {
    const size_t turn = next_++;
    std::this_thread::sleep_until(start_ + std::chrono::microseconds(1'000'000 * turn / rate_.per_second));
    if (stopped_) return;
    ++begun_;
    take_turn(rate_.slow_every != 0 && turn % rate_.slow_every == 0);
  }
}

void Load::take_turn(bool slow) {
  std::unique_lock lock(mutex_);
  const int64_t now = monotonic_ns();
  if (slow) {
    ++slow_under_way_;
  } else {
    quick_.insert(now);
  }
  lock.unlock();
  Outcome outcome = ask(slow ? fmt::format("/slow?ms={}", rate_.slow_ms) : "/", now);
  lock.lock();
  outcomes_.push_back(std::move(outcome));
  if (slow) {
    --slow_under_way_;
  } else {
    quick_.erase(quick_.find(now));
  }
}

bool Load::quick_ones_have_ended(int64_t before) const {
  const std::lock_guard lock(mutex_);
  return quick_.empty() || *quick_.begin() >= before;
}

Outcome Load::ask(const std::string& target, int64_t now) const {
  Outcome outcome;
  outcome.begun = now;
  outcome.fate = Fate::refused;
  for (const uint16_t port : router_()) {
    support::TestClient client(port);
    if (!client.is_open()) continue;
    const std::string answer = client.exchange(request_for(target));
    const unsigned status = support::status_of(answer);
    outcome.fate = status == 200 ? Fate::answered : answer.empty() ? Fate::broken : Fate::failed;
    if (status != 200) outcome.what = fmt::format("{} at {}: '{}'", target, port, answer.substr(0, 60));
    break;
  }
  outcome.ended = monotonic_ns();
  return outcome;
}

std::vector<Outcome> all_with(const std::vector<Outcome>& outcomes, Fate fate) {
  std::vector<Outcome> all;
  std::copy_if(outcomes.begin(), outcomes.end(), std::back_inserter(all),
               [&](const Outcome& outcome) { return outcome.fate == fate; });
  return all;
}

std::string summary(const std::vector<Outcome>& outcomes) {
  std::string text = fmt::format("{} requests", outcomes.size());
  for (size_t i = 0; i < kNames.size(); ++i) {
    text += fmt::format(", {} {}", all_with(outcomes, static_cast<Fate>(i)).size(), kNames[i]);
  }
  for (const Outcome& outcome : outcomes) {
    if (!outcome.what.empty()) text += "\n  " + outcome.what;
  }
  return text;
}

}  // namespace umbra::wrapper_test
