// StatusShares: how often the sink answers with which status.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "umbra/base/result.h"

namespace umbra::generate {

// 200 to 599: those below are no final answers, and 101 ends HTTP on the connection.
Result<unsigned> parse_status(std::string_view text);
// Decimal, from 0.
Result<double> parse_share(std::string_view text);

class StatusShares {
 public:
  // 200 and nothing else.
  StatusShares() : shares_{{200, 1.0}}, total_(1) {}

  // "200:97,404:2,500:1"; the shares are of their sum.  "503" is all of it.  Errors say what is expected.
  static Result<StatusShares> parse(std::string_view text);
  static Result<StatusShares> of(std::vector<std::pair<unsigned, double>> shares);

  // `unit`: in [0, 1).
  unsigned draw(double unit) const noexcept;

  static constexpr size_t kMax = 100;

 private:
  std::vector<std::pair<unsigned, double>> shares_;
  double total_;
};

}  // namespace umbra::generate
