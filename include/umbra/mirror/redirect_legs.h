// RedirectLegs: a worker's ways to the further hosts that a shadow's redirects may lead to
// (ShadowOptions::redirect_hosts), with the shadow's bounds, and its TLS under their names.
//
// Owned by a Shadow.
#pragma once

#include <memory>
#include <vector>

#include "umbra/base/log.h"
#include "umbra/mirror/options.h"
#include "umbra/mirror/redirect_leg.h"

namespace umbra::mirror {

class RedirectLegs {
 public:
  RedirectLegs(net::Loop& loop, RedirectLegHost& host, Budget& budget, Log& log);

  // A leg whose host is gone stays until its copies have ended.  Reads the TLS files.
  void reconfigure(const ShadowOptions& shadow, const Options& all, unsigned workers);
  // Null: none of the hosts is there.
  RedirectLeg* to(const net::Address& address) noexcept;

  void end_turn(Nanos now);
  void tick(Nanos made_before, Nanos used_before);
  void fail_waiting(Fail why);
  void cut(Fail why);

  size_t waiting() const noexcept;
  size_t connections() const noexcept;
  uint64_t opened() const noexcept;  // also by legs that have gone

 private:
  void bury_left();

  net::Loop& loop_;
  RedirectLegHost& host_;
  Budget& budget_;
  Log& log_;
  std::vector<std::unique_ptr<RedirectLeg>> legs_;
  uint64_t opened_by_gone_ = 0;
};

}  // namespace umbra::mirror
