// Distribution: how a quantity that the sink draws, a latency or a size, is spread.
//
//   5ms   uniform:1ms-20ms   normal:20ms,5ms   exponential:10ms   lognormal:p50=10ms,p99=80ms
//
// Of a normal one the mean and the standard deviation are given, of an exponential one the mean.
#pragma once

#include <string_view>

#include "umbra/base/clock.h"
#include "umbra/base/result.h"
#include "umbra/generate/dice.h"

namespace umbra::generate {

class Distribution {
 public:
  // Always 0.
  Distribution() = default;

  // In nanoseconds.  Errors say what is expected.
  static Result<Distribution> of_times(std::string_view text);
  // In bytes.
  static Result<Distribution> of_sizes(std::string_view text);

  // 0 to the bound below: what is drawn beyond becomes that.
  uint64_t draw(Dice& dice) const noexcept;

  // Each is far above what a server does, and keeps a long tail from holding a connection or memory for ever.
  static constexpr Nanos kTimeMax = 3600 * kSecond;
  static constexpr uint64_t kSizeMax = 16 << 20;

 private:
  enum class Kind : uint8_t { fixed, uniform, normal, exponential, lognormal };
  Distribution(Kind kind, double a, double b, double most) : kind_(kind), a_(a), b_(b), most_(most) {}
  template <typename Quantity>
  static Result<Distribution> parse(std::string_view text, const Quantity& quantity);

  Kind kind_ = Kind::fixed;
  // fixed: the value.  uniform: the least and the most.  normal: mean and deviation.  exponential: the mean.
  // lognormal: mean and deviation of the logarithm.
  double a_ = 0;
  double b_ = 0;
  double most_ = 0;
};

}  // namespace umbra::generate
