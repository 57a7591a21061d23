#include "umbra/control/shadows_page.h"

#include <fmt/format.h>

#include "umbra/control/shadow_json.h"

namespace umbra::control {
namespace {

constexpr size_t kShownMax = 100;  // of a stranger's name in an error

Answer json(unsigned status, const Json& body) { return {status, kJsonType, text_of(body)}; }

}  // namespace

Answer shadows_page(const Snapshot& snapshot) {
  Json shadows = Json::array();
  for (size_t i = 0; i < snapshot.shadows.size(); ++i) {
    shadows.push_back(shadow_json(snapshot.shadows[i], snapshot.counters_of(i), snapshot.workers));
  }
  return json(200, {{"mirror_off", snapshot.mirror_off}, {"shadows", std::move(shadows)}});
}

Answer shadow_page(std::string_view name, const Snapshot& snapshot) {
  for (size_t i = 0; i < snapshot.shadows.size(); ++i) {
    if (snapshot.shadows[i].name != name) continue;
    return json(200, shadow_json(snapshot.shadows[i], snapshot.counters_of(i), snapshot.workers));
  }
  return no_such_shadow(name);
}

Answer no_such_shadow(std::string_view name) {
  return api_error(
      404, fmt::format("there is no shadow '{}'; GET /api/shadows lists them", name.substr(0, kShownMax)));
}

Answer reload_page(const ReloadReport& report) {
  if (report.outcome == ReloadReport::Outcome::done) {
    return json(200,
                {{"reloaded", true}, {"changes", report.changes}, {"needs_restart", report.needs_restart}});
  }
  const unsigned status = report.outcome == ReloadReport::Outcome::invalid ? 422 : 409;
  return json(status, {{"reloaded", false}, {"problems", report.problems}});
}

Answer api_error(unsigned status, std::string_view why) { return json(status, {{"error", why}}); }

}  // namespace umbra::control
