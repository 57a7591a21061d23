// Bucket: a worker's part of a Rate (options.h).
#pragma once

#include "umbra/base/clock.h"
#include "umbra/base/result.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

class Bucket {
 public:
  static Result<void> check(const Rate& rate);

  // Of a checked rate.  `workers`: how many share it.
  Bucket(const Rate& rate, unsigned workers, Nanos now) noexcept;

  // Takes one token, if there is one.
  bool admits(Nanos now) noexcept;

 private:
  void refill(Nanos now) noexcept;
  void begin_window(Nanos now) noexcept;

  double per_second_;
  double size_;
  double tokens_;
  Nanos at_;  // filled up to here; the window's begin
  bool window_;
  bool begun_ = false;  // there has been a window
};

}  // namespace umbra::rules
