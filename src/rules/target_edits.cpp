#include "umbra/rules/target_edits.h"

#include <fmt/format.h>

#include <utility>

#include "umbra/rules/field.h"
#include "umbra/rules/query.h"

namespace umbra::rules {
namespace {

template <typename... Args>
Error fault(fmt::format_string<Args...> format, Args&&... args) {
  return {Errc::bad_config, fmt::format(format, std::forward<Args>(args)...)};
}

// What may stand in a query and, unless it is in `but`, in one parameter's name or value.
bool fits_query(std::string_view text, std::string_view but) {
  return text.empty() || (is_target(text) && text.find_first_of(but) == text.npos);
}

// A query as it grows.
class Query {
 public:
  void add(std::string_view parameter) {
    if (std::exchange(any_, true)) text_.push_back('&');
    text_.append(parameter);
  }
  std::string behind(const TargetParts& parts) const {
    std::string target = std::string(parts.front).append(parts.path);
    if (any_) target.append("?").append(text_);
    return target;
  }

 private:
  std::string text_;
  bool any_ = false;
};

std::string with_parameter(const SetQuery& edit, const TargetParts& parts) {
  const std::string wanted = edit.name + "=" + edit.value;
  Query query;
  bool found = false;
  each_parameter(parts.query, [&](const Parameter& parameter) {
    if (!parameter.is_named(edit.name)) {
      query.add(parameter.whole);
    } else if (!std::exchange(found, true)) {
      query.add(wanted);
    }
    return true;
  });
  if (!found) query.add(wanted);
  return query.behind(parts);
}

std::string with_gor_parameter(const SetQuery& edit, std::string_view target) {
  std::string changed(target);
  if (const auto value = gor_parameter(target, edit.name)) {
    return changed.replace(static_cast<size_t>(value->data() - target.data()), value->size(), edit.value);
  }
  changed.push_back(target.find('?') == target.npos ? '?' : '&');
  return changed.append(edit.name).append("=").append(edit.value);
}

}  // namespace

Result<void> check(const PrefixPath& edit) {
  if (edit.prefix.starts_with('/') && fits_query(edit.prefix, "?#")) return {};
  return fault("prefix '{}': a path such as /v2 is expected", edit.prefix);
}

Result<void> check(const SetQuery& edit) {
  const bool sound = edit.as_gor ? fits_query(edit.name, "") && fits_query(edit.value, "")
                                 : fits_query(edit.name, "&#=") && fits_query(edit.value, "&#");
  if (sound && !edit.name.empty()) return {};
  return fault("query parameter '{}', value '{}': they are expected as they stand in a target, encoded",
               edit.name, edit.value);
}

Result<void> check(const RemoveQuery& edit) {
  if (!edit.name.empty()) return {};
  return fault("query parameter: its name is expected");
}

void apply(const PrefixPath& edit, Draft& draft) {
  const TargetParts parts = split_target(draft.target());
  if (!parts.has_path) return;
  std::string_view prefix = edit.prefix;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  const std::string_view behind = draft.target().substr(parts.front.size());
  draft.set_target(std::string(parts.front).append(prefix).append(behind));
}

void apply(const SetQuery& edit, Draft& draft) {
  if (edit.as_gor) return draft.set_target(with_gor_parameter(edit, draft.target()));
  const TargetParts parts = split_target(draft.target());
  if (parts.has_path) draft.set_target(with_parameter(edit, parts));
}

void apply(const RemoveQuery& edit, Draft& draft) {
  const TargetParts parts = split_target(draft.target());
  bool found = false;
  each_parameter(parts.query, [&](const Parameter& parameter) {
    found = parameter.is_named(edit.name);
    return !found;
  });
  if (!found) return;
  Query query;
  each_parameter(parts.query, [&](const Parameter& parameter) {
    if (!parameter.is_named(edit.name)) query.add(parameter.whole);
    return true;
  });
  draft.set_target(query.behind(parts));
}

Result<TargetRewrite> TargetRewrite::compile(const RewriteTarget& rewrite) {
  TargetRewrite compiled;
  compiled.first_match_only_ = rewrite.first_match_only;
  for (const Rewrite& rule : rewrite.rewrites) {
    auto pattern = Pattern::compile(rule.pattern);
    if (!pattern) return fault("target, {}", pattern.error().detail);
    auto replacement = Replacement::compile(rule.replacement, *pattern);
    if (!replacement) return fault("target, {}", replacement.error().detail);
    compiled.rules_.push_back({std::move(*pattern), std::move(*replacement)});
  }
  return compiled;
}

void TargetRewrite::apply(Draft& draft, Effort& effort) const {
  for (const Rule& rule : rules_) {
    auto target = rule.pattern.rewrite(draft.target(), rule.replacement, effort);
    if (!target) continue;
    draft.set_target(std::move(*target));
    if (first_match_only_ || draft.spoiled()) return;
  }
}

}  // namespace umbra::rules
