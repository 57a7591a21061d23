#include "umbra/config/gor_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "umbra/config/gor_output.h"
#include "umbra/config/gor_rules.h"
#include "umbra/config/gor_settings.h"
#include "umbra/config/gor_values.h"

namespace umbra::config {
namespace {

using Severity = GorProblem::Severity;

constexpr size_t kConnectionsMax = 65536;
constexpr Nanos kTimeoutMax = 3600 * kSecond;

class Reader {
 public:
  Reader(std::vector<GorSetting> settings, GorProblems& problems)
      : settings_(std::move(settings)), problems_(problems) {}

  GorOptions read();

 private:
  void warn_of_ignored();
  void read_common();
  void read_outputs();
  mirror::ShadowOptions shadow_of(GorOutput output, const rules::Step* turn);
  std::string unique_name(const std::string& wanted);

  // The last of that name; null: none.
  const GorSetting* last(std::string_view name) const {
    const auto found = std::find_if(settings_.rbegin(), settings_.rend(),
                                    [&](const GorSetting& setting) { return setting.flag->name == name; });
    return found == settings_.rend() ? nullptr : &*found;
  }
  bool is_on(std::string_view name) const {
    const GorSetting* setting = last(name);
    return setting != nullptr && parse_go_bool(setting->value).value_or(true);
  }
  void complain(const GorSetting& setting, Severity severity, std::string text) {
    problems_.add(problem_at(setting, severity, std::move(text)));
  }

  std::vector<GorSetting> settings_;
  GorProblems& problems_;
  GorOptions options_;
  mirror::ShadowOptions common_;  // what all shadows have
  std::set<std::string> names_;
};

GorOptions Reader::read() {
  warn_of_ignored();
  read_common();
  read_outputs();
  const GorSetting* level = last("verbose");
  const bool quiet = level == nullptr || level->value == "0" || !is_on("verbose");
  options_.verbose = !quiet || is_on("debug");
  options_.settings = std::move(settings_);
  return std::move(options_);
}

// Once for each of them, however often it was given.
void Reader::warn_of_ignored() {
  std::set<std::string_view> said;
  for (const GorSetting& setting : settings_) {
    if (setting.flag->applied() || !said.insert(setting.flag->name).second) continue;
    complain(setting, Severity::warning, fmt::format("accepted, not applicable: {}", setting.flag->instead));
  }
}

void Reader::read_common() {
  GorRules rules = make_gor_rules(settings_, problems_);
  common_.rules.steps = std::move(rules.steps);
  common_.rules.host = std::move(rules.host);
  if (is_on("http-original-host") && common_.rules.host.mode == rules::Host::Mode::target) {
    common_.rules.host.mode = rules::Host::Mode::preserve;
  }
  common_.rules.body.max = kGorBodyMax;
  if (const GorSetting* size = last("copy-buffer-size")) {
    const uint64_t most = *parse_gor_size(size->value);
    if (most > 0) common_.rules.body.max = most;
  }
  common_.timeout = kGorTimeout;
  if (const GorSetting* timeout = last("output-http-timeout")) {
    const Nanos time = *parse_gor_duration(timeout->value);
    if (time < 100 * kMillisecond) {
      complain(*timeout, Severity::warning, "less than 100ms is taken for 1s, as by gor");
    }
    if (time > kTimeoutMax) complain(*timeout, Severity::warning, "more than 1h is taken for 1h");
    common_.timeout = time < 100 * kMillisecond ? kSecond : std::min(time, kTimeoutMax);
  }
  if (const GorSetting* workers = last("output-http-workers")) {
    const int64_t count = *parse_go_integer(workers->value);
    if (count > 0) common_.connections = std::min(static_cast<size_t>(count), kConnectionsMax);
  }
  if (const GorSetting* redirects = last("output-http-redirects")) {
    const int64_t count = *parse_go_integer(redirects->value);
    if (count > kGorRedirectsMax) {
      complain(*redirects, Severity::warning, fmt::format("at most {} are followed", kGorRedirectsMax));
    }
    common_.redirects = static_cast<unsigned>(std::clamp<int64_t>(count, 0, kGorRedirectsMax));
  }
}

void Reader::read_outputs() {
  std::vector<GorOutput> outputs;
  for (const GorSetting& setting : settings_) {
    if (setting.flag->name != "output-http") continue;
    if (outputs.size() == mirror::kShadowsMax) {
      return complain(setting, Severity::error, fmt::format("at most {} are expected", mirror::kShadowsMax));
    }
    if (auto output = parse_gor_output(setting, problems_)) outputs.push_back(std::move(*output));
  }
  if (outputs.empty() && !problems_.has_error()) {
    problems_.add({Severity::warning, 1, 1, "", "", "there is no --output-http: no shadow comes of it"});
  }
  const auto count = static_cast<unsigned>(outputs.size());
  const bool split = is_on("split-output") && count > 1;
  for (unsigned i = 0; i < count; ++i) {
    const rules::Step turn = rules::Turn{i, count};
    options_.shadows.push_back(shadow_of(std::move(outputs[i]), split ? &turn : nullptr));
  }
}

mirror::ShadowOptions Reader::shadow_of(GorOutput output, const rules::Step* turn) {
  mirror::ShadowOptions shadow = common_;
  shadow.name = unique_name(output.shadow.name);
  shadow.url = std::move(output.shadow.url);
  shadow.authority = std::move(output.shadow.authority);
  shadow.address = std::move(output.shadow.address);
  shadow.authorization = std::move(output.shadow.authorization);
  shadow.tls = std::move(output.shadow.tls);
  if (shadow.tls) shadow.tls->insecure = is_on("output-http-skip-verify");
  if (turn != nullptr) shadow.rules.steps.push_back(*turn);
  if (output.limit) shadow.rules.steps.push_back(std::move(*output.limit));
  if (!output.prefix.empty()) shadow.rules.steps.emplace_back(rules::PrefixPath{std::move(output.prefix)});
  return shadow;
}

std::string Reader::unique_name(const std::string& wanted) {
  std::string name = wanted;
  for (unsigned i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}-{}", wanted, i);
  return name;
}

}  // namespace

GorOptions parse_gor_options(std::string_view text, const Variable& variable) {
  GorProblems problems;
  const std::vector<GorWord> words = split_gor_words(text, variable, problems);
  GorOptions options = Reader(parse_gor_words(words, problems), problems).read();
  if (problems.has_error()) options.shadows.clear();
  options.problems = problems.take();
  return options;
}

}  // namespace umbra::config
