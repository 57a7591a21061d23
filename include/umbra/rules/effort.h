// Effort: what the rules may do for one exchange.  Replacing every match, and hashing every value, costs more
// than reading the head once; a stranger's head must not make it cost a worker's time.
#pragma once

#include <cstddef>

namespace umbra::rules {

class Effort {
 public:
  // What searching for further matches reads again, all in all: a few milliseconds.  64 KiB with sixteen
  // matches, 4 KiB with five hundred.
  static constexpr size_t kScanMax = 1024 * 1024;
  // Values that are masked.
  static constexpr size_t kMasksMax = 256;

  // False: there is no more left for it.
  bool scan(size_t bytes) noexcept { return take(scan_, bytes); }
  bool mask() noexcept { return take(masks_, 1); }
  bool spent() const noexcept { return spent_; }

 private:
  bool take(size_t& left, size_t amount) noexcept {
    if (amount > left) spent_ = true;
    if (spent_) return false;
    left -= amount;
    return true;
  }

  size_t scan_ = kScanMax;
  size_t masks_ = kMasksMax;
  bool spent_ = false;
};

}  // namespace umbra::rules
