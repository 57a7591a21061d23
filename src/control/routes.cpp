#include "umbra/control/routes.h"

#include <fmt/format.h>

#include <array>

#include "umbra/control/metrics_page.h"
#include "umbra/control/status_page.h"
#include "umbra/metrics/exposition.h"

namespace umbra::control {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kJson = "application/json";

Answer text(unsigned status, std::string body) { return {status, kText, std::move(body), ""}; }

Answer index(const Snapshot& snapshot) {
  return text(200, fmt::format("umbra {}\n\n"
                               "/metrics  for Prometheus\n"
                               "/status   the same as JSON, with quantiles\n"
                               "/healthz  200 while every worker answers\n"
                               "/readyz   200 while clients are welcome\n",
                               snapshot.version));
}

Answer metrics_answer(const Snapshot& snapshot) {
  return {200, metrics::kExpositionType, metrics_page(snapshot), ""};
}

Answer status_answer(const Snapshot& snapshot) { return {200, kJson, status_page(snapshot), ""}; }

Answer healthz(const Snapshot& snapshot) {
  if (snapshot.workers_answered >= snapshot.workers) return text(200, "ok\n");
  return text(503, fmt::format("{} of {} workers did not answer in time\n",
                               snapshot.workers - snapshot.workers_answered, snapshot.workers));
}

Answer readyz(const Snapshot& snapshot) {
  if (snapshot.state == State::draining) return text(503, "draining\n");
  if (snapshot.state == State::starting || !snapshot.listening) return text(503, "not listening yet\n");
  if (!snapshot.ready_needs_app || snapshot.app_accepts.value_or(false)) return text(200, "ready\n");
  return text(503, snapshot.app_accepts ? "the application does not accept connections\n"
                                        : "whether the application accepts connections is not known yet\n");
}

struct Route {
  std::string_view path;
  Answer (*answer)(const Snapshot&);
};

constexpr std::array<Route, 5> kRoutes{{{"/", index},
                                        {"/metrics", metrics_answer},
                                        {"/status", status_answer},
                                        {"/healthz", healthz},
                                        {"/readyz", readyz}}};

}  // namespace

Answer answer(const Request& request, const Snapshot& snapshot) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  for (const Route& route : kRoutes) {
    if (route.path != path) continue;
    if (request.method == "GET" || request.method == "HEAD") return route.answer(snapshot);
    Answer refusal = text(405, "GET or HEAD is expected\n");
    refusal.allow = "GET, HEAD";
    return refusal;
  }
  return text(404, "there is no such page; / lists them\n");
}

}  // namespace umbra::control
