#include "umbra/config/gor_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "umbra/base/text.h"
#include "umbra/config/gor_settings.h"

namespace umbra::config {
namespace {

Place place_of(const GorShadows& gor, const GorSetting& setting) {
  return {Place::Source::file, gor.file, setting.line, setting.column};
}

// Filters, limiters and rewrites.
bool is_rule(const GorFlag& flag) {
  const std::string_view name = flag.newest_name();
  return flag.applied() && name.starts_with("http-") && name != "http-original-host";
}

class Lister {
 public:
  Lister(const GorShadows& gor, size_t index, const std::string& path)
      : gor_(gor), shadow_(gor.options.shadows[index]), output_(places_of(gor)[index]), path_(path) {}

  std::vector<Setting> list() {
    add("name", shadow_.name, output_);
    add("url", shadow_.url, output_);
    add_host();
    for (const GorSetting& setting : gor_.options.settings) {
      if (is_rule(*setting.flag)) add_as_given(setting);
    }
    for (const rules::Step& step : shadow_.rules.steps) add_of_output(step);
    add_bounds();
    return std::move(settings_);
  }

 private:
  void add(std::string_view key, std::string value, Place place) {
    settings_.push_back({fmt::format("{}.{}", path_, key), std::move(value), std::move(place)});
  }

  void add_as_given(const GorSetting& setting) {
    GorProblem shown = problem_at(setting, GorProblem::Severity::warning, "");
    add(shown.option, std::move(shown.value), place_of(gor_, setting));
  }

  void add_host() {
    using Mode = rules::Host::Mode;
    const rules::Host& host = shadow_.rules.host;
    if (host.mode == Mode::target) return;
    // An edit of the header says it too.
    Place place = place_of_last("http-original-host");
    if (place.source == Place::Source::preset) place = {Place::Source::file, gor_.file};
    add("host", host.mode == Mode::preserve ? "preserve" : host.name, std::move(place));
  }

  // What belongs to one output alone.
  void add_of_output(const rules::Step& step) {
    if (const auto* turn = std::get_if<rules::Turn>(&step)) {
      add("--split-output", fmt::format("{} of {}", turn->index + 1, turn->count),
          place_of_last("split-output"));
    } else if (const auto* rate = std::get_if<rules::Rate>(&step)) {
      add("rate", fmt::format("{:g}/s", rate->per_second), output_);
    } else if (const auto* prefix = std::get_if<rules::PrefixPath>(&step)) {
      add("target.prefix", prefix->prefix, output_);
    } else if (const auto* sample = std::get_if<rules::Sample>(&step);
               sample != nullptr && sample->by == rules::Sample::By::draw) {
      add("percent", fmt::format("{:g}%", sample->percent / 100.0), output_);
    }
  }

  void add_bounds() {
    add("max_body", format_size(shadow_.rules.body.max), place_of_last("copy-buffer-size"));
    add("timeout", format_duration(*shadow_.timeout), place_of_last("output-http-timeout"));
    if (shadow_.connections) {
      add("connections", fmt::format("{}", *shadow_.connections), place_of_last("output-http-workers"));
    }
    if (shadow_.redirects > 0) {
      add("redirects.max", fmt::format("{}", shadow_.redirects), place_of_last("output-http-redirects"));
    }
    if (shadow_.tls && shadow_.tls->insecure) {
      add("tls.insecure", "true", place_of_last("output-http-skip-verify"));
    }
  }

  // Of several, the last one holds; none: the default.
  Place place_of_last(std::string_view name) const {
    const auto& all = gor_.options.settings;
    const auto found = std::find_if(all.rbegin(), all.rend(),
                                    [&](const GorSetting& setting) { return setting.flag->name == name; });
    return found == all.rend() ? Place() : place_of(gor_, *found);
  }

  const GorShadows& gor_;
  const mirror::ShadowOptions& shadow_;
  const Place output_;
  const std::string& path_;
  std::vector<Setting> settings_;
};

}  // namespace

std::vector<Place> places_of(const GorShadows& gor) {
  std::vector<Place> places;
  for (const GorSetting& setting : gor.options.settings) {
    if (setting.flag->name == "output-http") places.push_back(place_of(gor, setting));
  }
  return places;
}

std::vector<Setting> settings_of(const GorShadows& gor, size_t index, const std::string& path) {
  return Lister(gor, index, path).list();
}

}  // namespace umbra::config
