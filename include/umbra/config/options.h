// ProxyOptions: everything `umbra proxy` was told, checked and complete.  Immutable once made; workers
// share it (design, section 7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/base/log.h"
#include "umbra/mirror/options.h"
#include "umbra/net/address.h"
#include "umbra/net/tls_options.h"
#include "umbra/relay/options.h"

namespace umbra::config {

struct DrainOptions {
  Nanos delay = 0;               // keep accepting for so long after the signal
  Nanos timeout = 25 * kSecond;  // then what is left is ended
};

struct ProxyOptions {
  std::vector<net::Address> listen;
  std::optional<net::TlsOptions> tls;  // on the listening side
  uint64_t certificate_hash = 0;       // of what its file held when it was tried (app/fresh_options.h)
  size_t max_sessions = 0;             // as given, for the process; 0: auto.  A worker's is in `relay`
  relay::Options relay;
  mirror::Options mirror;
  unsigned workers = 1;
  DrainOptions drain;
  std::vector<net::Address> admin;       // none: off
  std::string admin_token;               // a secret; empty: nothing can be changed through the admin server
  std::vector<std::string> admin_hosts;  // names, besides localhost, that its clients may call it by
  bool ready_needs_app = false;          // /readyz also asks whether the app accepts
  std::string access_log;                // empty: off; "-": standard output
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  std::string log_source;  // letters, digits, '.', '_', ':' and '-'; empty: no line has one
};

}  // namespace umbra::config
