// SampleStep: a Sample (options.h) that can be asked.
#pragma once

#include <string_view>

#include "umbra/base/result.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/options.h"
#include "umbra/rules/program.h"

namespace umbra::rules {

// Whether a place, uniform over all values, lies within the first `share` of them.
bool within(uint64_t place, BasisPoints share) noexcept;

class SampleStep {
 public:
  static Result<SampleStep> compile(const Sample& sample);

  // `began`: when the rules came into force.  `percent`: as in Program::run.
  bool keeps(const Draft& draft, const Exchange& exchange, Nanos began,
             const BasisPoints* percent) const noexcept;

 private:
  explicit SampleStep(const Sample& sample) : sample_(sample) {}
  // Null data(): there is none.
  std::string_view key(const Draft& draft, const Exchange& exchange) const noexcept;
  std::string_view parameter(const Draft& draft) const noexcept;
  BasisPoints share_at(Nanos age) const noexcept;
  bool keeps_key(std::string_view key, BasisPoints share) const noexcept;

  Sample sample_;
};

}  // namespace umbra::rules
