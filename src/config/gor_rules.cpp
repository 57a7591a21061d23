#include "umbra/config/gor_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/gor_sample.h"
#include "umbra/rules/field.h"
#include "umbra/rules/program.h"

namespace umbra::config {
namespace {

using rules::Condition;
using rules::Step;
using Severity = GorProblem::Severity;

struct Pair {
  std::string name;
  std::string value;
};

bool is_host(std::string_view name) { return equals_ignoring_case(name, "host"); }

// Fit to be sent as a Host's value.
bool is_host_value(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("/?#@").find(c) == std::string_view::npos;
  });
}

// Without the place among the engine's steps, which means nothing to a reader of options.
std::string without_place(std::string_view detail) {
  for (const std::string_view mark : {", pattern '", ", replacement '"}) {
    const size_t at = detail.find(mark);
    if (at != detail.npos) return std::string(detail.substr(at + 2));
  }
  return std::string(detail);
}

class Maker {
 public:
  explicit Maker(GorProblems& problems) : problems_(problems) {}

  void take_all(std::span<const GorSetting> settings);
  GorRules finish() &&;

 private:
  void allow_method(const GorSetting& setting);
  void allow_url(const GorSetting& setting);
  void disallow_url(const GorSetting& setting);
  void allow_header(const GorSetting& setting);
  void disallow_header(const GorSetting& setting);
  void allow_user(const GorSetting& setting);
  void limit_header(const GorSetting& setting);
  void limit_param(const GorSetting& setting);
  void set_header(const GorSetting& setting);
  void set_host(const GorSetting& setting, const std::string& value);
  void set_param(const GorSetting& setting);
  void rewrite_url(const GorSetting& setting);
  void rewrite_header(const GorSetting& setting);

  using Take = void (Maker::*)(const GorSetting&);
  static Take take_of(std::string_view newest_name);

  void complain(const GorSetting& setting, Severity severity, std::string text) {
    problems_.add(problem_at(setting, severity, std::move(text)));
  }
  std::optional<Pair> header_pair(const GorSetting& setting, std::string_view expected);
  bool is_sound(const GorSetting& setting, Step step);
  void add_choose(std::vector<Condition> allow, std::vector<Condition> deny = {});

  GorProblems& problems_;
  rules::Host host_;
  Condition methods_;
  std::vector<Condition> urls_;
  std::optional<size_t> legacy_url_;  // of urls_
  std::vector<Condition> denied_urls_;
  Condition headers_;
  std::vector<Condition> denied_headers_;
  std::vector<Condition> users_;
  std::vector<Step> set_headers_;
  std::vector<Step> set_params_;
  std::vector<Step> header_limits_;
  std::vector<Step> param_limits_;
  rules::RewriteTarget target_;
  std::vector<Step> rewritten_headers_;
  std::vector<Step> steps_;
};

Maker::Take Maker::take_of(std::string_view newest_name) {
  static constexpr std::array<std::pair<std::string_view, Take>, 11> takes{
      {{"http-allow-method", &Maker::allow_method},
       {"http-set-header", &Maker::set_header},
       {"http-set-param", &Maker::set_param},
       {"http-allow-url", &Maker::allow_url},
       {"http-disallow-url", &Maker::disallow_url},
       {"http-allow-header", &Maker::allow_header},
       {"http-disallow-header", &Maker::disallow_header},
       {"http-basic-auth-filter", &Maker::allow_user},
       {"http-header-limiter", &Maker::limit_header},
       {"http-param-limiter", &Maker::limit_param},
       {"http-rewrite-url", &Maker::rewrite_url}}};
  if (newest_name == "http-rewrite-header") return &Maker::rewrite_header;
  const auto* const found =
      std::find_if(takes.begin(), takes.end(), [&](const auto& entry) { return entry.first == newest_name; });
  return found == takes.end() ? nullptr : found->second;
}

void Maker::take_all(std::span<const GorSetting> settings) {
  size_t count = 0;
  for (const GorSetting& setting : settings) {
    const Take take = take_of(setting.flag->newest_name());
    if (take == nullptr) continue;
    if (++count > kGorRulesMax) {
      return complain(setting, Severity::error,
                      fmt::format("at most {} filters and rewrites are expected", kGorRulesMax));
    }
    (this->*take)(setting);
  }
}

// The engine itself judges it, so that what is accepted here compiles.
bool Maker::is_sound(const GorSetting& setting, Step step) {
  rules::Options options;
  options.steps.push_back(std::move(step));
  const auto program = rules::Program::compile(options);
  if (program) return true;
  GorProblem problem = problem_at(setting, Severity::error, without_place(program.error().detail));
  // The engine's words repeat what is not to be shown here.
  const bool sets = setting.flag->newest_name().starts_with("http-set-");
  if (problem.value.ends_with("***")) {
    problem.text =
        sets ? "a value without control bytes is expected" : "a regular expression of RE2 is expected";
  }
  problems_.add(std::move(problem));
  return false;
}

std::optional<Pair> Maker::header_pair(const GorSetting& setting, std::string_view expected) {
  const std::string_view value = setting.value;
  const size_t colon = value.find(':');
  if (colon == value.npos) {
    complain(setting, Severity::error, fmt::format("{} is expected", expected));
    return std::nullopt;
  }
  Pair pair{std::string(trim_blanks(value.substr(0, colon))),
            std::string(trim_blanks(value.substr(colon + 1)))};
  if (rules::is_field_name(pair.name)) return pair;
  complain(setting, Severity::error, "the name of a header before the colon is expected");
  return std::nullopt;
}

void Maker::allow_method(const GorSetting& setting) {
  std::string method = setting.value;
  if (!rules::is_field_name(method)) {
    return complain(setting, Severity::error,
                    "one method, such as GET, is expected; the option may be repeated");
  }
  const bool has_lower =
      std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (setting.flag->legacy()) {
    for (char& c : method) c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  } else if (has_lower) {
    complain(setting, Severity::warning,
             "methods are compared as they are written, and clients write capitals");
  }
  methods_.methods.push_back(std::move(method));
}

void Maker::allow_url(const GorSetting& setting) {
  Condition condition;
  (setting.flag->legacy() ? condition.url : condition.target) = setting.value;
  if (!is_sound(setting, rules::Choose{{condition}, {}})) return;
  if (!setting.flag->legacy()) return urls_.push_back(std::move(condition));
  if (setting.value.starts_with("^/")) {
    complain(setting, Severity::warning,
             "this name's pattern is matched against host and path, which never begin with a slash; "
             "--http-allow-url matches the path");
  }
  if (legacy_url_) {
    complain(setting, Severity::warning, "of several, the last one holds; --http-allow-url adds up");
    urls_[*legacy_url_] = std::move(condition);
    return;
  }
  legacy_url_ = urls_.size();
  urls_.push_back(std::move(condition));
}

void Maker::disallow_url(const GorSetting& setting) {
  Condition condition;
  condition.target = setting.value;
  if (is_sound(setting, rules::Choose{{condition}, {}})) denied_urls_.push_back(std::move(condition));
}

void Maker::allow_header(const GorSetting& setting) {
  auto pair = header_pair(setting, "'Name:pattern'");
  if (!pair) return;
  rules::HeaderPart part;
  part.name = std::move(pair->name);
  part.pattern = std::move(pair->value);
  part.first_line_only = true;
  part.empty_is_missing = !setting.flag->legacy();
  if (setting.flag->legacy()) part.missing = rules::HeaderPart::Missing::as_empty;
  Condition alone;
  alone.headers.push_back(part);
  if (is_sound(setting, rules::Choose{{alone}, {}})) headers_.headers.push_back(std::move(part));
}

void Maker::disallow_header(const GorSetting& setting) {
  auto pair = header_pair(setting, "'Name:pattern'");
  if (!pair) return;
  rules::HeaderPart part;
  part.name = std::move(pair->name);
  part.pattern = std::move(pair->value);
  part.first_line_only = true;
  part.empty_is_missing = true;
  Condition condition;
  condition.headers.push_back(std::move(part));
  if (is_sound(setting, rules::Choose{{condition}, {}})) denied_headers_.push_back(std::move(condition));
}

void Maker::allow_user(const GorSetting& setting) {
  Condition condition;
  condition.basic_auth = setting.value;
  if (is_sound(setting, rules::Choose{{condition}, {}})) users_.push_back(std::move(condition));
}

void Maker::limit_header(const GorSetting& setting) {
  const auto pair = header_pair(setting, "'Name:25%'");
  if (!pair) return;
  auto sample = gor_sample(setting, pair->value, problems_);
  if (!sample) return;
  sample->by = rules::Sample::By::header;
  sample->name = pair->name;
  header_limits_.emplace_back(std::move(*sample));
}

void Maker::limit_param(const GorSetting& setting) {
  const std::string_view value = setting.value;
  const size_t colon = value.find(':');
  if (colon == value.npos || colon == 0) {
    return complain(setting, Severity::error, "'name:25%' is expected");
  }
  auto sample = gor_sample(setting, value.substr(colon + 1), problems_);
  if (!sample) return;
  sample->by = rules::Sample::By::query;
  sample->name = trim_blanks(value.substr(0, colon));
  sample->empty_is_missing = false;
  if (is_sound(setting, *sample)) param_limits_.emplace_back(std::move(*sample));
}

void Maker::set_header(const GorSetting& setting) {
  auto pair = header_pair(setting, "'Name: value'");
  if (!pair) return;
  if (rules::frames_message(pair->name)) {
    return complain(setting, Severity::warning,
                    "umbra frames each copy itself; this header is left as it is");
  }
  if (is_host(pair->name)) return set_host(setting, pair->value);
  rules::SetHeader step{std::move(pair->name), std::move(pair->value), true, true};
  if (is_sound(setting, step)) set_headers_.emplace_back(std::move(step));
}

// 0.9 set it last, behind its filters; since then it is set before them, and they see it.
void Maker::set_host(const GorSetting& setting, const std::string& value) {
  if (!is_host_value(value))
    return complain(setting, Severity::error, "a host such as stg.example is expected");
  if (setting.flag->legacy()) {
    host_ = {rules::Host::Mode::name, value};
    return;
  }
  if (host_.mode == rules::Host::Mode::target) host_.mode = rules::Host::Mode::preserve;
  set_headers_.emplace_back(rules::SetHeader{"Host", value, true, true});
}

void Maker::set_param(const GorSetting& setting) {
  const size_t equals = setting.value.find('=');
  if (equals == setting.value.npos || equals == 0) {
    return complain(setting, Severity::error, "'name=value' is expected");
  }
  if (!rules::is_target(setting.value)) {
    return complain(setting, Severity::error, "printable ASCII is expected; other bytes and blanks as %XX");
  }
  rules::SetQuery step{setting.value.substr(0, equals), setting.value.substr(equals + 1), true};
  if (is_sound(setting, step)) set_params_.emplace_back(std::move(step));
}

void Maker::rewrite_url(const GorSetting& setting) {
  const size_t colon = setting.value.find(':');
  if (colon == setting.value.npos) {
    return complain(setting, Severity::error, "'pattern:replacement' is expected");
  }
  rules::Rewrite rewrite{setting.value.substr(0, colon), setting.value.substr(colon + 1)};
  if (rewrite.pattern.ends_with("(?")) {
    return complain(
        setting, Severity::error,
        "a pattern without a colon is expected: the first one ends it, so (?: and (?i: cannot be said");
  }
  if (is_sound(setting, rules::RewriteTarget{{rewrite}, true}))
    target_.rewrites.push_back(std::move(rewrite));
}

void Maker::rewrite_header(const GorSetting& setting) {
  constexpr std::string_view expected = "'Name: pattern,replacement'";
  auto pair = header_pair(setting, expected);
  if (!pair) return;
  const size_t comma = pair->value.find(',');
  if (comma == pair->value.npos) {
    return complain(setting, Severity::error, fmt::format("{} is expected", expected));
  }
  if (rules::frames_message(pair->name)) {
    return complain(setting, Severity::warning,
                    "umbra frames each copy itself; this header is left as it is");
  }
  rules::RewriteHeader step{pair->name, pair->value.substr(0, comma), pair->value.substr(comma + 1), true};
  if (!is_sound(setting, step)) return;
  if (is_host(pair->name) && host_.mode == rules::Host::Mode::target) {
    host_.mode = rules::Host::Mode::preserve;
  }
  rewritten_headers_.emplace_back(std::move(step));
}

void Maker::add_choose(std::vector<Condition> allow, std::vector<Condition> deny) {
  if (allow.empty() && deny.empty()) return;
  steps_.emplace_back(rules::Choose{std::move(allow), std::move(deny)});
}

GorRules Maker::finish() && {
  const auto append = [this](std::vector<Step>& more) {
    steps_.insert(steps_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  if (!methods_.methods.empty()) add_choose({std::move(methods_)});
  append(set_headers_);
  append(set_params_);
  add_choose(std::move(urls_), std::move(denied_urls_));
  std::vector<Condition> headers;
  if (!headers_.headers.empty()) headers.push_back(std::move(headers_));
  add_choose(std::move(headers), std::move(denied_headers_));
  for (Condition& user : users_) add_choose({std::move(user)});
  append(header_limits_);
  append(param_limits_);
  if (!target_.rewrites.empty()) {
    target_.first_match_only = true;
    steps_.emplace_back(std::move(target_));
  }
  append(rewritten_headers_);
  return {std::move(steps_), std::move(host_)};
}

}  // namespace

GorRules make_gor_rules(std::span<const GorSetting> settings, GorProblems& problems) {
  Maker maker(problems);
  maker.take_all(settings);
  return std::move(maker).finish();
}

}  // namespace umbra::config
