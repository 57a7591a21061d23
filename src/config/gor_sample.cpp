#include "umbra/config/gor_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "umbra/base/text.h"
#include "umbra/config/gor_values.h"

namespace umbra::config {
namespace {

using rules::Sample;
using Severity = GorProblem::Severity;

Error bad(std::string_view detail) { return Error{Errc::bad_config, std::string(detail)}; }

struct Ratio {
  uint64_t part = 0;
  uint64_t whole = 1;
};

Result<Ratio> ratio_of(std::string_view text) {
  const size_t slash = text.find('/');
  const auto part = parse_unsigned(trim_blanks(text.substr(0, slash)));
  const auto whole =
      slash == text.npos ? parse_unsigned("") : parse_unsigned(trim_blanks(text.substr(slash + 1)));
  if (!part || !whole || *whole == 0) return bad("a share such as 25% or 1/4 is expected");
  return Ratio{*part, *whole};
}

Sample by_percent(rules::BasisPoints percent) {
  Sample sample;
  sample.percent = percent;
  sample.hash = Sample::Hash::gor_percent;
  sample.missing = Sample::Missing::keep;
  return sample;
}

// In gor's own arithmetic, in which 29/100 is 28 %.
rules::BasisPoints percent_of(Ratio ratio) {
  const double percent = static_cast<double>(ratio.part) / static_cast<double>(ratio.whole) * 100;
  return percent >= 100 ? rules::kAll : static_cast<rules::BasisPoints>(percent) * 100;
}

// part/whole of all hashes.
Result<Sample> by_share(Ratio ratio) {
  if (ratio.part > ratio.whole) return bad("a share of at most 1/1 is expected");
  Sample sample;
  sample.hash = Sample::Hash::gor_share;
  sample.missing = Sample::Missing::drop;
  const uint64_t limit = ratio.part * ((uint64_t{1} << 32) / ratio.whole);
  sample.share_limit = static_cast<uint32_t>(std::min<uint64_t>(limit, std::numeric_limits<uint32_t>::max()));
  return sample;
}

Result<Sample> read(std::string_view text, bool legacy) {
  if (text.ends_with('%')) {
    const auto percent = parse_gor_percent(text.substr(0, text.size() - 1), Radix::go);
    if (!percent) return percent.error();
    return by_percent(*percent);
  }
  const auto ratio = ratio_of(text);
  if (!ratio) return ratio.error();
  // Its 1/3 was an error; later versions under the same name took it for 33 %.
  if (legacy && std::has_single_bit(ratio->whole)) return by_share(*ratio);
  return by_percent(percent_of(*ratio));
}

bool has_leading_zero(std::string_view text) {
  return text.size() > 2 && text[0] == '0' && text[1] >= '0' && text[1] <= '9' && text.find('.') == text.npos;
}

}  // namespace

std::optional<Sample> gor_sample(const GorSetting& setting, std::string_view share, GorProblems& problems) {
  const std::string_view text = trim_blanks(share);
  auto sample = read(text, setting.flag->legacy());
  if (!sample) {
    problems.add(problem_at(setting, Severity::error, sample.error().detail));
    return std::nullopt;
  }
  if (text.ends_with('%') && has_leading_zero(text)) {
    problems.add(problem_at(
        setting, Severity::warning,
        fmt::format("a number with a leading zero is octal to gor: this is {}%", sample->percent / 100)));
  }
  return std::move(*sample);
}

}  // namespace umbra::config
