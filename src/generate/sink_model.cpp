#include "umbra/generate/sink_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace umbra::generate {
namespace {

bool takes_method(const SinkRoute& route, std::string_view method) {
  return route.method.empty() || route.method == method || (route.method == "GET" && method == "HEAD");
}

}  // namespace

size_t SinkModel::find(std::string_view method, std::string_view target) const noexcept {
  const std::string_view path = path_of(target);
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const SinkRoute& route) {
    return takes_method(route, method) && route.path.matches(path);
  });
  return static_cast<size_t>(found - routes.begin());
}

std::string SinkModel::name(size_t route) const {
  if (route >= routes.size()) return "default";
  const SinkRoute& own = routes[route];
  return own.method.empty() ? own.path.text() : fmt::format("{} {}", own.method, own.path.text());
}

// Both chances are taken every time, so that a burst changes nothing but the status.
Drawn draw(const SinkAnswer& answer, Dice dice, Nanos since) noexcept {
  Drawn drawn;
  drawn.status = answer.statuses.draw(dice.unit());
  const double chance = dice.unit();
  if (answer.errors && answer.errors->on(since) && chance < answer.errors->share)
    drawn.status = answer.errors->status;
  drawn.latency = answer.latency.draw(dice);
  if (answer.size) drawn.size = answer.size->draw(dice);
  return drawn;
}

}  // namespace umbra::generate
