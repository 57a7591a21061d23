// What the wrapper was told by its command line and its environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/base/result.h"
#include "umbra/net/address.h"
#include "wrapper/environment.h"

namespace umbra::wrapper {

struct Options {
  bool help = false;
  bool version = false;
  bool off = false;      // UMBRA_OFF: the app alone
  bool verbose = false;  // EM_PROXY_VERBOSE

  std::vector<std::string> command;  // the app's, as given
  bool shell = false;                // it is one string for a shell
  bool keep_arguments = false;       // no port is replaced in it

  uint16_t port = 0;                   // PORT, whose place is taken
  std::optional<uint16_t> app_port{};  // nothing: the next one, or a free one where that is taken
  bool app_port_auto = false;          // a free one
  std::optional<net::Address> app{};   // where the app listens, if not on 127.0.0.1 or ::1

  Nanos wait = 55 * kSecond;  // Heroku ends what has not bound its port within 60 s (R10)
  bool listen_at_once = false;
  Nanos stop_timeout = 25 * kSecond;  // from SIGTERM to SIGKILL; Heroku's is 30 s after its SIGTERM

  std::string umbra;                     // the program; empty: beside the wrapper, then on PATH
  std::vector<std::string> proxy_flags;  // for umbra proxy, as given
};

// `arguments` are those behind the program's name, or behind `umbra run`.  An error is one line.
Result<Options> read_options(const std::vector<std::string>& arguments, const Environment& environment);

// `program`: how the user calls it.
std::string help_text(const std::string& program);

}  // namespace umbra::wrapper
