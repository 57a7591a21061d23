// The command line: from arguments to flags, and the help texts.  Everything `umbra proxy` takes stands
// in the table of config/keys.h, from which it is parsed, explained and suggested.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/config/proxy_flags.h"

namespace umbra::app {

struct ProxyArguments {
  bool help = false;
  bool version = false;
  bool safe = false;  // safe_options.h
  config::ProxyFlags flags;
};

// `arguments` are those behind "umbra proxy".  An error is one line that names what is wrong.
Result<ProxyArguments> parse_proxy_arguments(const std::vector<std::string>& arguments);

std::string general_help();
std::string proxy_help();

}  // namespace umbra::app
