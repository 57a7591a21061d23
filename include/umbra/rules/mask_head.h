// HeadMask: values in a copy's head replaced (options.h, MaskHead): whole header values, cookies by name
// within Cookie, query parameters by name.  What stands between them stays as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/effort.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

class HeadMask {
 public:
  static Result<HeadMask> compile(const MaskHead& mask);
  void apply(Draft& draft, Effort& effort) const;

 private:
  explicit HeadMask(const MaskHead& mask) : mask_(mask) {}
  std::string masked(std::string_view value) const;
  std::optional<std::string> masked_cookies(std::string_view field_value, Effort& effort) const;
  std::optional<std::string> masked_query(std::string_view target, Effort& effort) const;

  MaskHead mask_;
};

}  // namespace umbra::rules
