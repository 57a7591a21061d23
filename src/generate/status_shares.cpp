#include "umbra/generate/status_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "umbra/base/text.h"

namespace umbra::generate {
namespace {

constexpr double kShareMax = 1e12;

Error expected(std::string_view what) { return {Errc::bad_config, fmt::format("{} is expected", what)}; }

}  // namespace

Result<unsigned> parse_status(std::string_view text) {
  const auto number = parse_unsigned(text);
  if (text.size() == 3 && number && *number >= 200 && *number <= 599) return static_cast<unsigned>(*number);
  return expected("a status from 200 to 599");
}

Result<double> parse_share(std::string_view text) {
  const std::string digits(text);
  const bool decimal = !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
  char* end = nullptr;
  const double share = std::strtod(digits.c_str(), &end);
  if (decimal && end == digits.c_str() + digits.size() && share <= kShareMax) return share;
  return expected("a share such as 97 or 0.5");
}

Result<StatusShares> StatusShares::parse(std::string_view text) {
  std::vector<std::pair<unsigned, double>> shares;
  const bool alone = text.find_first_of(":,") == text.npos;
  for (bool more = true; more;) {
    const size_t comma = text.find(',');
    const std::string_view part = trim_blanks(text.substr(0, comma));
    const size_t colon = part.find(':');
    if (colon == part.npos && !alone) return expected("a list such as 200:97,404:2,500:1");
    const auto status = parse_status(part.substr(0, colon));
    if (!status) return status.error();
    const auto share = alone ? Result<double>(1) : parse_share(part.substr(colon + 1));
    if (!share) return share.error();
    shares.emplace_back(*status, *share);
    more = comma != text.npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return of(std::move(shares));
}

Result<StatusShares> StatusShares::of(std::vector<std::pair<unsigned, double>> shares) {
  StatusShares made;
  made.total_ = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    made.total_ += shares[i].second;
    const auto same = [&](const auto& other) { return other.first == shares[i].first; };
    if (std::any_of(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(i), same))
      return expected(fmt::format("one share of {}", shares[i].first));
  }
  if (shares.size() > kMax) return expected(fmt::format("a list of at most {} statuses", kMax));
  if (made.total_ <= 0) return expected("a share above 0");
  made.shares_ = std::move(shares);
  return made;
}

unsigned StatusShares::draw(double unit) const noexcept {
  double left = unit * total_;
  unsigned status = shares_.front().first;
  for (const auto& [candidate, share] : shares_) {
    if (share <= 0) continue;
    status = candidate;
    if (left < share) break;
    left -= share;
  }
  return status;
}

}  // namespace umbra::generate
