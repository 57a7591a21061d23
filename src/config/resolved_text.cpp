#include "umbra/config/resolved_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "umbra/base/text.h"

namespace umbra::config {
namespace {

using Json = nlohmann::ordered_json;

// In one line, whatever it holds.
std::string one_line(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out.empty() ? "\"\"" : out;
}

Json json_of(const Setting& setting) {
  return {{"key", setting.key}, {"value", setting.value}, {"from", setting.place.text()}};
}

Json json_of(const Problem& problem) {
  Json out;
  if (problem.place.source == Place::Source::file) {
    out = {{"file", problem.place.name}, {"line", problem.place.line}, {"column", problem.place.column}};
  }
  if (!problem.key.empty()) out["key"] = problem.key;
  out["text"] = problem.text();
  return out;
}

}  // namespace

std::string resolved_text(const Resolved& resolved) {
  constexpr size_t kWidest = 48;
  size_t keys = 0;
  size_t values = 0;
  for (const Setting& setting : resolved.settings) {
    keys = std::max(keys, std::min(setting.key.size(), kWidest));
    values = std::max(values, std::min(one_line(setting.value).size(), kWidest));
  }
  std::string out = fmt::format("configuration file: {}\n\n", resolved.file.empty() ? "none" : resolved.file);
  for (const Setting& setting : resolved.settings) {
    out += fmt::format("{:<{}}  {:<{}}  {}\n", one_line(setting.key), keys, one_line(setting.value), values,
                       setting.place.text());
  }
  return out;
}

std::string resolved_json(const Resolved& resolved) {
  Json out{{"ok", resolved.problems.empty()}};
  if (!resolved.file.empty()) out["file"] = resolved.file;
  Json& list = out[resolved.problems.empty() ? "settings" : "problems"] = Json::array();
  if (resolved.problems.empty()) {
    for (const Setting& setting : resolved.settings) list.push_back(json_of(setting));
  } else {
    for (const Problem& problem : resolved.problems) list.push_back(json_of(problem));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace umbra::config
