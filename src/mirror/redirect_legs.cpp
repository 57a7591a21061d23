#include "umbra/mirror/redirect_legs.h"

#include <algorithm>
#include <utility>

#include "umbra/mirror/pool_options.h"
#include "umbra/mirror/redirect.h"

namespace umbra::mirror {

RedirectLegs::RedirectLegs(net::Loop& loop, RedirectLegHost& host, Budget& budget, Log& log)
    : loop_(loop), host_(host), budget_(budget), log_(log) {}

void RedirectLegs::reconfigure(const ShadowOptions& shadow, const Options& all, unsigned workers) {
  for (const auto& leg : legs_) leg->leaving = true;
  ShadowOptions there = shadow;
  size_t made = 0;
  for (const std::string& host : shadow.redirect_hosts) {
    const auto address = redirect_host(host, shadow.tls ? "https" : "http");
    if (shadow.redirects == 0 || !address || to(*address) != nullptr || made++ == kRedirectHostsMax) continue;
    if (there.tls) there.tls->server_name = address->host;
    auto options = pool_options_of(there, all, workers, log_);
    const auto is_there = [&](const auto& leg) { return leg->address() == *address; };
    if (const auto known = std::find_if(legs_.begin(), legs_.end(), is_there); known != legs_.end()) {
      (*known)->leaving = false;
      (*known)->reconfigure(std::move(options));
    } else {
      legs_.push_back(std::make_unique<RedirectLeg>(loop_, *address, host_, budget_, std::move(options)));
    }
  }
  bury_left();
}

RedirectLeg* RedirectLegs::to(const net::Address& address) noexcept {
  for (const auto& leg : legs_) {
    if (!leg->leaving && leg->address() == address) return leg.get();
  }
  return nullptr;
}

// Not from a leg's own call: it would return into the dead.
void RedirectLegs::bury_left() {
  std::erase_if(legs_, [this](const auto& leg) {
    if (!leg->leaving || !leg->quiet()) return false;
    opened_by_gone_ += leg->opened();
    return true;
  });
}

void RedirectLegs::end_turn(Nanos now) {
  for (const auto& leg : legs_) leg->end_turn(now);
}

void RedirectLegs::tick(Nanos made_before, Nanos used_before) {
  for (const auto& leg : legs_) leg->tick(made_before, used_before);
  bury_left();
}

void RedirectLegs::fail_waiting(Fail why) {
  for (const auto& leg : legs_) leg->fail_waiting(why);
}

void RedirectLegs::cut(Fail why) {
  for (const auto& leg : legs_) leg->cut(why);
}

size_t RedirectLegs::waiting() const noexcept {
  size_t sum = 0;
  for (const auto& leg : legs_) sum += leg->waiting();
  return sum;
}

size_t RedirectLegs::connections() const noexcept {
  size_t sum = 0;
  for (const auto& leg : legs_) sum += leg->connections();
  return sum;
}

uint64_t RedirectLegs::opened() const noexcept {
  uint64_t sum = opened_by_gone_;
  for (const auto& leg : legs_) sum += leg->opened();
  return sum;
}

}  // namespace umbra::mirror
