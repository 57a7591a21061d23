// Rewriting the target of a copy: by patterns, its path's prefix, its query's parameters (options.h).
// check(): what the configuration can be told already; what depends on the request spoils the draft.  A
// target without a path (`*`) has no prefix and no parameters.
#pragma once

#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/effort.h"
#include "umbra/rules/options.h"
#include "umbra/rules/pattern.h"
#include "umbra/rules/replacement.h"

namespace umbra::rules {

Result<void> check(const PrefixPath& edit);
Result<void> check(const SetQuery& edit);
Result<void> check(const RemoveQuery& edit);
void apply(const PrefixPath& edit, Draft& draft);
void apply(const SetQuery& edit, Draft& draft);
void apply(const RemoveQuery& edit, Draft& draft);

class TargetRewrite {
 public:
  static Result<TargetRewrite> compile(const RewriteTarget& rewrite);
  void apply(Draft& draft, Effort& effort) const;

 private:
  struct Rule {
    Pattern pattern;
    Replacement replacement;
  };
  std::vector<Rule> rules_;
  bool first_match_only_ = false;
};

}  // namespace umbra::rules
