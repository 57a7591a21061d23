// Setting, adding, removing and rewriting header fields of a copy (options.h).  check(): what the
// configuration can be told already; what depends on the request spoils the draft.
#pragma once

#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/effort.h"
#include "umbra/rules/options.h"
#include "umbra/rules/pattern.h"
#include "umbra/rules/replacement.h"

namespace umbra::rules {

// Whether a rule may write fields of that name: "header 'TE': it belongs to the connection or ...".
Result<void> check_editable(std::string_view name);

Result<void> check(const SetHeader& edit);
Result<void> check(const AddHeader& edit);
Result<void> check(const RemoveHeader& edit);
void apply(const SetHeader& edit, Draft& draft);
void apply(const AddHeader& edit, Draft& draft);
void apply(const RemoveHeader& edit, Draft& draft);

class HeaderRewrite {
 public:
  static Result<HeaderRewrite> compile(const RewriteHeader& rewrite);
  void apply(Draft& draft, Effort& effort) const;

 private:
  HeaderRewrite(const RewriteHeader& rewrite, Pattern pattern, Replacement replacement);
  std::string name_;
  Pattern pattern_;
  Replacement replacement_;
  bool first_line_only_;
};

}  // namespace umbra::rules
