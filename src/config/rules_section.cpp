#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/text.h"
#include "umbra/config/section.h"
#include "umbra/config/shadow_section.h"
#include "umbra/config/values.h"
#include "umbra/rules/pattern.h"
#include "umbra/rules/replacement.h"

namespace umbra::config {
namespace {

std::vector<std::string> methods_of(const Section& section, std::string_view name) {
  auto methods = section.texts(name);
  if (methods.size() == 1 && methods.front() == "safe") return {"GET", "HEAD", "OPTIONS"};
  return methods;
}

rules::Condition condition_of(const Section& section) {
  rules::Condition condition;
  condition.methods = methods_of(section, "method");
  condition.path = section.text("path");
  condition.query = section.text("query");
  condition.host = section.text("host");
  for (auto& [name, pattern] : section.named("header")) {
    rules::HeaderPart part;
    part.name = name;
    part.pattern = std::move(pattern);
    condition.headers.push_back(std::move(part));
  }
  condition.clients = section.texts("client");
  return condition;
}

std::vector<rules::Condition> conditions_of(const Section& shadow, std::string_view name) {
  std::vector<rules::Condition> conditions;
  for (const Section& section : shadow.sections(name)) {
    const bool any = section.has("method") || section.has("path") || section.has("query") ||
                     section.has("host") || section.has("header") || section.has("client");
    if (!any)
      section.complain("a part such as path or method is expected: without one it matches every request");
    conditions.push_back(condition_of(section));
  }
  return conditions;
}

void add_choose(const Section& shadow, std::vector<rules::Step>& steps) {
  if (auto methods = methods_of(shadow, "methods"); !methods.empty()) {
    rules::Choose by_method;
    by_method.allow.emplace_back().methods = std::move(methods);
    steps.push_back(std::move(by_method));
  }
  rules::Choose choose{conditions_of(shadow, "allow"), conditions_of(shadow, "deny")};
  if (!choose.allow.empty() || !choose.deny.empty()) steps.push_back(std::move(choose));
}

void read_key(const Section& shadow, rules::Sample& sample) {
  const Section by = shadow.section("sample_by");
  if (!by.present()) {
    if (shadow.text("sample_by")) sample.by = rules::Sample::By::client;
    return;
  }
  constexpr std::pair<std::string_view, rules::Sample::By> kKeys[] = {{"header", rules::Sample::By::header},
                                                                      {"cookie", rules::Sample::By::cookie},
                                                                      {"query", rules::Sample::By::query}};
  unsigned given = 0;
  for (const auto& [name, kind] : kKeys) {
    if (!by.has(name)) continue;
    ++given;
    sample.by = kind;
    sample.name = by.text(name).value_or("");
  }
  if (given != 1) by.complain("one of header, cookie and query is expected");
}

void read_ramp(const Section& shadow, rules::Sample& sample) {
  const Section ramp = shadow.section("ramp");
  if (!ramp.present()) return;
  if (!shadow.has("percent")) ramp.complain("percent beside it is expected, which the ramp leads to");
  if (!ramp.has("over")) ramp.complain("over is expected: how long it takes, such as 30m");
  sample.ramp = ramp.duration("over").value_or(0);
  sample.ramp_from = ramp.percent("from").value_or(0);
}

void add_sample(const Section& shadow, std::vector<rules::Step>& steps) {
  rules::Sample sample;
  sample.percent = shadow.percent("percent").value_or(rules::kAll);
  read_key(shadow, sample);
  read_ramp(shadow, sample);
  const std::string missing = shadow.text("sample_missing").value_or("");
  if (missing == "keep") sample.missing = rules::Sample::Missing::keep;
  if (missing == "drop") sample.missing = rules::Sample::Missing::drop;
  if (shadow.has("sample_missing") && !shadow.has("sample_by")) {
    shadow.complain("sample_missing",
                    "sample_by beside it is expected, since it says what a missing key means");
  }
  if (shadow.has("percent") || shadow.has("sample_by")) steps.push_back(std::move(sample));
}

void add_rate(const Section& shadow, std::vector<rules::Step>& steps) {
  if (!shadow.has("rate")) return;
  rules::Rate rate;
  const Section given = shadow.section("rate");
  if (given.present()) {
    if (!given.has("per_second")) given.complain("per_second is expected, such as 100");
    rate.per_second = static_cast<double>(given.number("per_second").value_or(1));
  } else if (const auto text = shadow.text("rate")) {
    rate.per_second = *parse_rate(*text);
  }
  rate.burst = std::max(1.0, rate.per_second);
  if (const auto burst = given.number("burst")) rate.burst = static_cast<double>(*burst);
  steps.push_back(rate);
}

// A pattern and what takes its place: both are needed, and fit together.
rules::Rewrite rewrite_of(const Section& section) {
  if (!section.has("pattern")) section.complain("pattern is expected");
  if (!section.has("replacement")) section.complain("replacement is expected; \"\" for none");
  rules::Rewrite rewrite{section.text("pattern").value_or(""), section.text("replacement").value_or("")};
  const auto pattern = rules::Pattern::compile(rewrite.pattern);
  if (!pattern || rules::Replacement::compile(rewrite.replacement, *pattern)) return rewrite;
  section.complain("replacement",
                   fmt::format("a group that the pattern has is expected; it has {}", pattern->groups()));
  return rewrite;
}

// Without `host: preserve` the shadow's own Host takes the place of whatever a rule has made of the client's.
void refuse_lost_host(const Section& shadow, const Section& headers, std::string_view name, const char* key) {
  if (!equals_ignoring_case(name, "host") || shadow.text("host") == "preserve") return;
  headers.complain(key,
                   "a header other than Host is expected; Host is the shadow's own: host: NAME sets "
                   "another, and host: preserve keeps the client's for rules to change");
}

void add_header_edits(const Section& shadow, std::vector<rules::Step>& steps) {
  const Section headers = shadow.section("headers");
  for (auto& name : headers.texts("remove")) steps.push_back(rules::RemoveHeader{std::move(name)});
  for (auto& [name, value] : headers.named("set")) {
    rules::SetHeader set;
    refuse_lost_host(shadow, headers, name, "set");
    set.name = std::move(name);
    set.value = std::move(value);
    steps.push_back(std::move(set));
  }
  for (auto& [name, value] : headers.named("add")) {
    steps.push_back(rules::AddHeader{std::move(name), std::move(value)});
  }
  for (const Section& section : headers.sections("rewrite")) {
    if (!section.has("name")) section.complain("name is expected: the header's");
    rules::Rewrite rewrite = rewrite_of(section);
    rules::RewriteHeader step;
    step.name = section.text("name").value_or("");
    refuse_lost_host(shadow, section, step.name, "name");
    step.pattern = std::move(rewrite.pattern);
    step.replacement = std::move(rewrite.replacement);
    steps.push_back(std::move(step));
  }
}

void add_target_edits(const Section& shadow, std::vector<rules::Step>& steps) {
  const Section target = shadow.section("target");
  rules::RewriteTarget rewrites;
  for (const Section& section : target.sections("rewrite")) {
    rewrites.rewrites.push_back(rewrite_of(section));
  }
  if (!rewrites.rewrites.empty()) steps.push_back(std::move(rewrites));
  if (auto prefix = target.text("prefix")) steps.push_back(rules::PrefixPath{std::move(*prefix)});
  const Section query = target.section("query");
  for (auto& [name, value] : query.named("set")) {
    rules::SetQuery set;
    set.name = std::move(name);
    set.value = std::move(value);
    steps.push_back(std::move(set));
  }
  for (auto& name : query.texts("remove")) steps.push_back(rules::RemoveQuery{std::move(name)});
}

rules::MaskWith mask_with(const Section& mask) {
  rules::MaskWith with;
  with.text = mask.text("with").value_or(with.text);
  with.key = mask.text("hash_key").value_or("");
  if (mask.has("with") && mask.has("hash_key")) {
    mask.complain("hash_key", "either with or hash_key is expected, not both");
  }
  return with;
}

void add_mask(const Section& shadow, rules::Options& options) {
  const Section mask = shadow.section("mask");
  if (!mask.present()) return;
  rules::MaskHead head;
  head.with = mask_with(mask);
  head.headers = mask.texts("headers");
  head.cookies = mask.texts("cookies");
  head.query = mask.texts("query");
  rules::MaskBody& body = options.body.mask;
  body.with = head.with;
  body.json = mask.texts("json");
  body.form = mask.texts("form");
  const bool any =
      mask.has("headers") || mask.has("cookies") || mask.has("query") || mask.has("json") || mask.has("form");
  if (!any) mask.complain("at least one of headers, cookies, query, json and form is expected");
  if (!head.headers.empty() || !head.cookies.empty() || !head.query.empty()) {
    options.steps.push_back(std::move(head));
  }
}

void add_trace(const Section& shadow, std::vector<rules::Step>& steps) {
  constexpr std::pair<std::string_view, rules::Trace::Mode> kModes[] = {
      {"child", rules::Trace::Mode::child},
      {"restart", rules::Trace::Mode::restart},
      {"drop", rules::Trace::Mode::drop}};
  const std::string given = shadow.text("trace").value_or("copy");
  for (const auto& [word, mode] : kModes) {
    if (given == word) steps.push_back(rules::Trace{mode});
  }
}

rules::Host host_of(const Section& shadow) {
  const std::string given = shadow.text("host").value_or("target");
  if (given == "target") return {};
  if (given == "preserve") return {rules::Host::Mode::preserve, ""};
  return {rules::Host::Mode::name, given};
}

}  // namespace

rules::Options rules_of(const Section& shadow) {
  rules::Options options;
  add_choose(shadow, options.steps);
  add_sample(shadow, options.steps);
  add_rate(shadow, options.steps);
  add_header_edits(shadow, options.steps);
  add_target_edits(shadow, options.steps);
  add_mask(shadow, options);
  add_trace(shadow, options.steps);
  options.host = host_of(shadow);
  options.body.max = shadow.size("max_body").value_or(0);
  return options;
}

}  // namespace umbra::config
