#include "umbra/control/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "umbra/base/check.h"
#include "umbra/base/text.h"
#include "umbra/control/metrics_page.h"
#include "umbra/control/order_text.h"
#include "umbra/control/shadows_page.h"
#include "umbra/control/status_page.h"
#include "umbra/metrics/exposition.h"

namespace umbra::control {
namespace {

constexpr std::string_view kShadowPrefix = "/api/shadows/";

Answer text(unsigned status, std::string body) { return {status, kTextType, std::move(body)}; }

Answer index(const Snapshot& snapshot) {
  return text(200, fmt::format("umbra {}\n\n"
                               "/metrics      for Prometheus\n"
                               "/status       the same as JSON, with quantiles\n"
                               "/healthz      200 while every worker answers\n"
                               "/readyz       200 while clients are welcome\n"
                               "/api/shadows  the shadows; PATCH pauses and re-weights them\n"
                               "/api/reload   POST reads the configuration again\n",
                               snapshot.version));
}

Answer metrics_answer(const Snapshot& snapshot) {
  return {200, metrics::kExpositionType, metrics_page(snapshot)};
}

Answer status_answer(const Snapshot& snapshot) { return {200, kJsonType, status_page(snapshot)}; }

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

struct Page {
  std::string_view path;
  std::string_view allow;
  Answer (*show)(const Snapshot&);  // null: nothing to be read there
};

constexpr std::string_view kReadOnly = "GET, HEAD";
constexpr std::array<Page, 7> kPages{{{"/", kReadOnly, index},
                                      {"/metrics", kReadOnly, metrics_answer},
                                      {"/status", kReadOnly, status_answer},
                                      {"/healthz", kReadOnly, healthz},
                                      {"/readyz", kReadOnly, readyz},
                                      {"/api/shadows", "GET, HEAD, PATCH", shadows_page},
                                      {"/api/reload", "POST", nullptr}}};
constexpr Page kOneShadow{kShadowPrefix, "GET, HEAD, PATCH", nullptr};

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

const Page* page_of(std::string_view path) {
  const auto found =
      std::find_if(kPages.begin(), kPages.end(), [&](const Page& p) { return p.path == path; });
  if (found != kPages.end()) return found;
  return path.starts_with(kShadowPrefix) ? &kOneShadow : nullptr;
}

bool is_allowed(std::string_view method, std::string_view allow) {
  for (std::string_view rest = allow; !rest.empty();) {
    const size_t comma = rest.find(", ");
    if (rest.substr(0, comma) == method) return true;
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 2);
  }
  return false;
}

Plan answered(Answer answer) { return {Plan::Kind::answer, std::move(answer)}; }

Plan not_allowed(std::string_view allow) {
  Answer answer = text(405, fmt::format("allowed here: {}\n", allow));
  answer.allow = allow;
  return answered(std::move(answer));
}

Plan steering_plan(const Request& request, std::optional<std::string> shadow) {
  auto order = parse_order(request.body);
  if (!order) return answered(api_error(400, order.error().detail));
  order->shadow = std::move(shadow);
  return {Plan::Kind::steer, {}, std::move(*order)};
}

}  // namespace

Plan plan(const Request& request, const Access& access) {
  if (auto refusal = refuse_host(request, access)) return answered(std::move(*refusal));
  const std::string_view path = path_of(request.target);
  const Page* page = page_of(path);
  if (page == nullptr) return answered(text(404, "there is no such page; / lists them\n"));
  if (!is_allowed(request.method, page->allow)) return not_allowed(page->allow);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads) {
    if (auto refusal = refuse_change(request, access)) return answered(std::move(*refusal));
  }
  std::optional<std::string> shadow;
  if (page == &kOneShadow) {
    shadow = percent_decoded(path.substr(kShadowPrefix.size()));
    if (!shadow) return answered(api_error(400, "%XX with two hexadecimal digits is expected in the path"));
  }
  if (reads) return {};
  if (request.method == "POST") return {Plan::Kind::reload};
  return steering_plan(request, std::move(shadow));
}

Answer show(std::string_view target, const Snapshot& snapshot) {
  const std::string_view path = path_of(target);
  const Page* page = page_of(path);
  UMBRA_CHECK(page != nullptr);
  if (page->show != nullptr) return page->show(snapshot);
  return shadow_page(percent_decoded(path.substr(kShadowPrefix.size())).value_or(""), snapshot);
}

}  // namespace umbra::control
