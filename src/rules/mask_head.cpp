#include "umbra/rules/mask_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "umbra/base/keyed_hash.h"
#include "umbra/rules/cookie.h"
#include "umbra/rules/field.h"
#include "umbra/rules/header_edits.h"
#include "umbra/rules/query.h"

namespace umbra::rules {
namespace {

// A text, copied only when a part of it is replaced.
class Patched {
 public:
  explicit Patched(std::string_view text) : text_(text) {}
  // `part` of the text, behind the one before.
  void replace(std::string_view part, std::string_view with) {
    const auto at = static_cast<size_t>(part.data() - text_.data());
    out_.append(text_.substr(done_, at - done_)).append(with);
    done_ = at + part.size();
    any_ = true;
  }
  std::optional<std::string> take() {
    if (!any_) return std::nullopt;
    return std::move(out_.append(text_.substr(done_)));
  }

 private:
  std::string_view text_;
  std::string out_;
  size_t done_ = 0;
  bool any_ = false;
};

}  // namespace

Result<HeadMask> HeadMask::compile(const MaskHead& mask) {
  for (const std::string& name : mask.headers) {
    if (auto editable = check_editable(name); !editable) return editable.error();
  }
  const std::string& text = mask.with.text;
  const bool fits =
      is_field_value(text) && (mask.cookies.empty() || text.find(';') == text.npos) &&
      (mask.query.empty() || text.empty() || (is_target(text) && text.find_first_of("&#") == text.npos));
  if (mask.with.key.empty() && !fits) {
    return Error{Errc::bad_config, fmt::format("mask '{}': it cannot stand where it shall", text)};
  }
  return HeadMask(mask);
}

std::string HeadMask::masked(std::string_view value) const {
  return mask_.with.key.empty() ? mask_.with.text : keyed_hash(mask_.with.key, value);
}

std::optional<std::string> HeadMask::masked_cookies(std::string_view field_value, Effort& effort) const {
  Patched patched(field_value);
  each_cookie(field_value, [&](const Cookie& cookie) {
    if (std::find(mask_.cookies.begin(), mask_.cookies.end(), cookie.name) == mask_.cookies.end())
      return true;
    if (!effort.mask()) return false;
    patched.replace(cookie.value, masked(cookie.value));
    return true;
  });
  return patched.take();
}

std::optional<std::string> HeadMask::masked_query(std::string_view target, Effort& effort) const {
  Patched patched(target);
  each_parameter(split_target(target).query, [&](const Parameter& parameter) {
    const bool named = std::any_of(mask_.query.begin(), mask_.query.end(),
                                   [&](const std::string& name) { return parameter.is_named(name); });
    if (!named || !parameter.has_value) return true;
    if (!effort.mask()) return false;
    patched.replace(parameter.value, masked(parameter.value));
    return true;
  });
  return patched.take();
}

void HeadMask::apply(Draft& draft, Effort& effort) const {
  for (const std::string& name : mask_.headers) {
    draft.edit_header(name, false, [&](std::string_view value) -> std::optional<std::string> {
      if (!effort.mask()) return std::nullopt;
      return masked(value);
    });
  }
  if (!mask_.cookies.empty()) {
    draft.edit_header("cookie", false, [&](std::string_view value) { return masked_cookies(value, effort); });
  }
  if (mask_.query.empty()) return;
  if (auto target = masked_query(draft.target(), effort)) draft.set_target(std::move(*target));
}

}  // namespace umbra::rules
