#include "umbra/rules/header_edits.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/rules/field.h"

namespace umbra::rules {
namespace {

template <typename... Args>
Error fault(fmt::format_string<Args...> format, Args&&... args) {
  return {Errc::bad_config, fmt::format(format, std::forward<Args>(args)...)};
}

Result<void> check_value(std::string_view name, std::string_view value) {
  if (is_field_value(value)) return {};
  return fault("header '{}': its value has a control byte", name);
}

}  // namespace

Result<void> check_editable(std::string_view name) {
  if (!is_field_name(name)) return fault("header '{}': the name of a header is expected", name);
  if (frames_message(name)) {
    return fault("header '{}': it belongs to the connection or frames the message, and is umbra's to write",
                 name);
  }
  return {};
}

Result<void> check(const SetHeader& edit) {
  if (auto editable = check_editable(edit.name); !editable) return editable;
  return check_value(edit.name, edit.value);
}

Result<void> check(const AddHeader& edit) {
  if (same_ignoring_case(edit.name, "host"))
    return fault("header '{}': a request has one; set it", edit.name);
  if (auto editable = check_editable(edit.name); !editable) return editable;
  return check_value(edit.name, edit.value);
}

Result<void> check(const RemoveHeader& edit) {
  if (same_ignoring_case(edit.name, "host"))
    return fault("header '{}': a request must have it; set it", edit.name);
  return check_editable(edit.name);
}

void apply(const SetHeader& edit, Draft& draft) {
  const size_t lines =
      draft.edit_header(edit.name, true, [&](std::string_view value) -> std::optional<std::string> {
        if (value == edit.value) return std::nullopt;
        return edit.value;
      });
  if (lines == 0) return draft.add_header(edit.name, edit.value, edit.add_in_front);
  if (!edit.first_line_only) draft.remove_header(edit.name, true);
}

void apply(const AddHeader& edit, Draft& draft) { draft.add_header(edit.name, edit.value); }

void apply(const RemoveHeader& edit, Draft& draft) { draft.remove_header(edit.name); }

HeaderRewrite::HeaderRewrite(const RewriteHeader& rewrite, Pattern pattern, Replacement replacement)
    : name_(rewrite.name),
      pattern_(std::move(pattern)),
      replacement_(std::move(replacement)),
      first_line_only_(rewrite.first_line_only) {}

Result<HeaderRewrite> HeaderRewrite::compile(const RewriteHeader& rewrite) {
  if (auto editable = check_editable(rewrite.name); !editable) return editable.error();
  auto pattern = Pattern::compile(rewrite.pattern);
  if (!pattern) return fault("header '{}', {}", rewrite.name, pattern.error().detail);
  auto replacement = Replacement::compile(rewrite.replacement, *pattern);
  if (!replacement) return fault("header '{}', {}", rewrite.name, replacement.error().detail);
  return HeaderRewrite(rewrite, std::move(*pattern), std::move(*replacement));
}

void HeaderRewrite::apply(Draft& draft, Effort& effort) const {
  draft.edit_header(name_, first_line_only_,
                    [&](std::string_view value) { return pattern_.rewrite(value, replacement_, effort); });
}

}  // namespace umbra::rules
