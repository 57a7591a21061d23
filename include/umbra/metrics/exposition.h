// Exposition: writes Prometheus' text format 0.0.4.
//
// A family is opened once, and its samples follow at once, as the format wants it:
//   Exposition out;
//   out.family(Kind::counter, "umbra_things_total", "Things seen.");
//   out.sample(17, {{"shadow", name}});
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "umbra/metrics/histogram.h"

namespace umbra::metrics {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

// The `le` of every histogram, live and shadows alike, so that they can be subtracted.  Each one is an
// edge of Histogram's buckets; +Inf is added.
struct Edge {
  Nanos time;
  std::string_view le;
};
inline constexpr std::array<Edge, 18> kEdges{{
    {100 * kMicrosecond, "0.0001"},
    {250 * kMicrosecond, "0.00025"},
    {500 * kMicrosecond, "0.0005"},
    {1 * kMillisecond, "0.001"},
    {2500 * kMicrosecond, "0.0025"},
    {5 * kMillisecond, "0.005"},
    {10 * kMillisecond, "0.01"},
    {25 * kMillisecond, "0.025"},
    {50 * kMillisecond, "0.05"},
    {100 * kMillisecond, "0.1"},
    {250 * kMillisecond, "0.25"},
    {500 * kMillisecond, "0.5"},
    {1 * kSecond, "1"},
    {2500 * kMillisecond, "2.5"},
    {5 * kSecond, "5"},
    {10 * kSecond, "10"},
    {30 * kSecond, "30"},
    {60 * kSecond, "60"},
}};

enum class Kind : uint8_t { counter, gauge, histogram };

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void family(Kind kind, std::string_view name, std::string_view help);
  void sample(uint64_t value, Labels labels = {});
  void sample(double value, Labels labels = {});
  void sample(const Histogram& values, Labels labels = {});

  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view le, std::string_view value);

  std::string family_;
  std::string out_;
};

}  // namespace umbra::metrics
