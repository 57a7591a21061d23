#include "umbra/generate/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>

#include "umbra/base/text.h"

namespace umbra::generate {
namespace {

// The 99th percentile of the standard normal distribution.
constexpr double kNormalP99 = 2.3263478740408408;

struct Times {
  static constexpr double kMost = static_cast<double>(Distribution::kTimeMax);
  static constexpr std::string_view kExpected =
      "5ms, uniform:1ms-20ms, normal:20ms,5ms, exponential:10ms or lognormal:p50=10ms,p99=80ms, of at most "
      "1h,";
  static Result<uint64_t> read(std::string_view text) { return parse_duration(text); }
};

struct Sizes {
  static constexpr double kMost = static_cast<double>(Distribution::kSizeMax);
  static constexpr std::string_view kExpected =
      "128, uniform:1KiB-20KiB, normal:2KiB,512, exponential:1KiB or lognormal:p50=1KiB,p99=64KiB, of at "
      "most "
      "16MiB,";
  static Result<uint64_t> read(std::string_view text) { return parse_size(text); }
};

template <typename Quantity>
std::optional<double> quantity_of(std::string_view text) {
  const auto value = Quantity::read(text);
  if (!value || static_cast<double>(*value) > Quantity::kMost) return std::nullopt;
  return static_cast<double>(*value);
}

// "A<between>B", each of which `before` may precede.
template <typename Quantity>
std::optional<std::pair<double, double>> two_of(std::string_view text, char between,
                                                std::string_view before_first = {},
                                                std::string_view before_second = {}) {
  const size_t at = text.find(between);
  if (at == text.npos) return std::nullopt;
  std::string_view first = text.substr(0, at);
  std::string_view second = text.substr(at + 1);
  if (!first.starts_with(before_first) || !second.starts_with(before_second)) return std::nullopt;
  first.remove_prefix(before_first.size());
  second.remove_prefix(before_second.size());
  const auto a = quantity_of<Quantity>(first);
  const auto b = quantity_of<Quantity>(second);
  if (!a || !b) return std::nullopt;
  return std::pair(*a, *b);
}

// From two streams' parts of [0, 1), by Box and Muller.
double normal(Dice& dice) noexcept {
  const double radius = std::sqrt(-2 * std::log1p(-dice.unit()));
  return radius * std::cos(2 * std::numbers::pi * dice.unit());
}

}  // namespace

template <typename Quantity>
Result<Distribution> Distribution::parse(std::string_view text, const Quantity&) {
  const size_t colon = text.find(':');
  const std::string_view kind = colon == text.npos ? std::string_view() : text.substr(0, colon);
  const std::string_view rest = colon == text.npos ? text : text.substr(colon + 1);
  constexpr double most = Quantity::kMost;
  if (colon == text.npos) {
    if (const auto value = quantity_of<Quantity>(rest)) return Distribution(Kind::fixed, *value, 0, most);
  } else if (kind == "uniform") {
    const auto edges = two_of<Quantity>(rest, '-');
    if (edges && edges->first <= edges->second)
      return Distribution(Kind::uniform, edges->first, edges->second, most);
  } else if (kind == "normal") {
    if (const auto both = two_of<Quantity>(rest, ','))
      return Distribution(Kind::normal, both->first, both->second, most);
  } else if (kind == "exponential") {
    if (const auto mean = quantity_of<Quantity>(rest)) return Distribution(Kind::exponential, *mean, 0, most);
  } else if (kind == "lognormal") {
    const auto points = two_of<Quantity>(rest, ',', "p50=", "p99=");
    if (points && points->first > 0 && points->second >= points->first) {
      return Distribution(Kind::lognormal, std::log(points->first),
                          std::log(points->second / points->first) / kNormalP99, most);
    }
  }
  return Error{Errc::bad_config, fmt::format("{} is expected", Quantity::kExpected)};
}

Result<Distribution> Distribution::of_times(std::string_view text) { return parse(text, Times{}); }

Result<Distribution> Distribution::of_sizes(std::string_view text) { return parse(text, Sizes{}); }

uint64_t Distribution::draw(Dice& dice) const noexcept {
  double value = a_;
  switch (kind_) {
    case Kind::fixed:
      return static_cast<uint64_t>(a_);
    case Kind::uniform:
      value = std::min(b_, std::floor(a_ + dice.unit() * (b_ - a_ + 1)));
      break;
    case Kind::normal:
      value = std::round(a_ + b_ * normal(dice));
      break;
    case Kind::exponential:
      value = std::round(-a_ * std::log1p(-dice.unit()));
      break;
    case Kind::lognormal:
      value = std::round(std::exp(a_ + b_ * normal(dice)));
      break;
  }
  return static_cast<uint64_t>(std::clamp(value, 0.0, most_));
}

}  // namespace umbra::generate
