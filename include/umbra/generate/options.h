// What a run of the generator is told: where to, what, how much.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "umbra/base/clock.h"
#include "umbra/generate/arrivals.h"
#include "umbra/net/address.h"
#include "umbra/net/tls_options.h"

namespace umbra::generate {

struct Target {
  net::Address address;
  std::optional<net::TlsOptions> tls;  // nothing: in the clear
};

struct FixedRequest {
  std::string bytes;  // head and body as they are sent
  bool head_method = false;
  bool any_status = false;  // else a status of 400 or more is a failure
};

// How iterations begin.
struct Load {
  // Open: they begin at these times, whatever becomes of those before.  null: closed.
  std::shared_ptr<const RateCurve> curve{};
  Spread spread{};
  // Closed: so many users, each of which begins its next one when it has ended the last.  Open: at most so
  // many at once; arrivals that find all busy are dropped, and counted.
  size_t users = 1;
  // Closed: it ends after so much time or so many iterations in all, whichever is given and comes first.
  Nanos duration = 0;
  uint64_t iterations = 0;
};

struct Options {
  Target target;
  FixedRequest request;
  Load load;
  unsigned threads = 1;
  Shard shard;  // this instance's, among several
  uint64_t seed = 0;
  Nanos warm_up = 0;                    // what begins in this first time is not measured
  Nanos timeout = 30 * kSecond;         // of a request, from when it is sent
  Nanos connect_timeout = 5 * kSecond;  // the TLS handshake included
  Nanos graceful_stop = 30 * kSecond;   // for what is under way at the end
};

}  // namespace umbra::generate
