// Budget: how many bytes a worker's copies hold, bounded for each shadow and for all together.
#pragma once

#include <algorithm>
#include <cstddef>

#include "umbra/base/reason.h"

namespace umbra::mirror {

// All shadows' share of one worker.
struct TotalBudget {
  size_t limit = 0;  // may change; what is held already stays
  size_t used = 0;
};

class Budget {
 public:
  explicit Budget(TotalBudget& total) : total_(total) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() { total_.used -= used_; }

  // Takes `bytes`, or says which bound they would break (Drop::count: none, taken).
  Drop take(size_t bytes) noexcept {
    if (used_ + bytes > limit()) return Drop::over_budget;
    if (total_.used + bytes > total_.limit) return Drop::over_total;
    used_ += bytes;
    total_.used += bytes;
    peak_ = std::max(peak_, used_);
    return Drop::count;
  }
  void give_back(size_t bytes) noexcept {
    used_ -= bytes;
    total_.used -= bytes;
  }
  size_t used() const noexcept { return used_; }
  size_t peak() const noexcept { return peak_; }
  // A shadow gets at most half of all, so that one bad shadow leaves room for the others.
  size_t limit() const noexcept { return total_.limit / 2; }

 private:
  TotalBudget& total_;
  size_t used_ = 0;
  size_t peak_ = 0;
};

}  // namespace umbra::mirror
