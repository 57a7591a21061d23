// Load: requests at a steady rate, each on a new connection, from threads of its own.  Open loop: a slow
// answer does not slow the clock.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/wire.h"

namespace umbra::wrapper_test {

enum class Fate : uint8_t {
  answered,  // 200
  refused,   // nobody listened
  broken,    // it ended without a whole answer
  failed     // an answer with another status
};

struct Outcome {
  Fate fate = Fate::broken;
  int64_t begun = 0;  // CLOCK_MONOTONIC, ns
  int64_t ended = 0;
  std::string what;  // where it did not go well
};

// Where the next request goes, in order: the next one is tried where the one before refuses.
using Router = std::function<std::vector<uint16_t>()>;

struct Rate {
  unsigned per_second = 200;
  unsigned slow_every = 0;  // every so many is one for /slow; 0: none
  unsigned slow_ms = 0;
};

class Load {
 public:
  Load(Rate rate, Router router);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Ends it, with all that has been begun, and gives everything back.
  std::vector<Outcome> stop();
  size_t begun() const noexcept { return begun_; }
  // Whether those that were begun before then, and do not ask for /slow, have ended.
  bool quick_ones_have_ended(int64_t before) const;
  size_t slow_under_way() const noexcept { return slow_under_way_; }

 private:
  void run();
  void take_turn(bool slow);
  Outcome ask(const std::string& target, int64_t now) const;

  Rate rate_;
  Router router_;
  support::Clock::time_point start_;
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> begun_ = 0;
  std::atomic<size_t> slow_under_way_ = 0;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  // Under the mutex:
  std::vector<Outcome> outcomes_;
  std::multiset<int64_t> quick_;  // under way, by when they were begun
  std::vector<std::thread> threads_;
};

std::vector<Outcome> all_with(const std::vector<Outcome>& outcomes, Fate fate);
// For a test's message: how many of which, and what was wrong.
std::string summary(const std::vector<Outcome>& outcomes);

}  // namespace umbra::wrapper_test
