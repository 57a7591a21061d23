#include "integration/watcher.h"

#include <fmt/format.h>

namespace umbra::integration {
namespace {

template <typename Reason>
void append(std::string& out, std::string_view what, const CountsBy<Reason>& counts) {
  for (size_t i = 0; i < static_cast<size_t>(Reason::count); ++i) {
    const auto reason = static_cast<Reason>(i);
    if (counts[reason] > 0) out += fmt::format("{}/{}={} ", what, name_of(reason), counts[reason]);
  }
}

std::string wrong_with(const metrics::ShadowCounters& shadow) {
  if (shadow.seen != shadow.accounted()) {
    return fmt::format("seen {} != accounted {} ({})", shadow.seen, shadow.accounted(), outcomes(shadow));
  }
  if (shadow.held_bytes > shadow.held_bytes_limit || shadow.held_bytes_peak > shadow.held_bytes_limit) {
    return fmt::format("holds {}, held {}, may hold {}", shadow.held_bytes, shadow.held_bytes_peak,
                       shadow.held_bytes_limit);
  }
  if (shadow.waiting > shadow.in_flight) {
    return fmt::format("waiting {} > in flight {}", shadow.waiting, shadow.in_flight);
  }
  return "";
}

}  // namespace

std::string outcomes(const metrics::ShadowCounters& shadow) {
  std::string out;
  if (shadow.completed > 0) out += fmt::format("completed={} ", shadow.completed);
  append(out, "dropped", shadow.dropped);
  append(out, "failed", shadow.failed);
  if (shadow.in_flight > 0) out += fmt::format("in_flight={} ", shadow.in_flight);
  if (!out.empty()) out.pop_back();
  return out;
}

std::string wrong_with(const control::Snapshot& snapshot) {
  for (size_t i = 0; i < snapshot.shadows.size(); ++i) {
    const std::string wrong = wrong_with(snapshot.counters_of(i));
    if (!wrong.empty()) return fmt::format("{}: {}", snapshot.shadows[i].name, wrong);
  }
  if (snapshot.removed.seen != snapshot.removed.accounted()) {
    return fmt::format("removed: seen {}, but {}", snapshot.removed.seen, outcomes(snapshot.removed));
  }
  return "";
}

Watcher::Watcher(support::RunningProxy& umbra) : umbra_(umbra), thread_([this] { watch(); }) {}

Watcher::~Watcher() { stop(); }

void Watcher::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && wrong_.empty()) {
    lock.unlock();
    const std::string wrong = wrong_with(umbra_.snapshot());
    lock.lock();
    wrong_ = wrong;
    ++snapshots_;
    stopped_.wait_for(lock, kEvery, [&] { return stopping_; });
  }
}

std::string Watcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
  return wrong_;
}

}  // namespace umbra::integration
