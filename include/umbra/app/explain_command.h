// The arguments and the help of `umbra explain` (explain.h).
#pragma once

#include <string>
#include <vector>

#include "umbra/app/explain.h"
#include "umbra/base/result.h"
#include "umbra/config/proxy_flags.h"

namespace umbra::app {

struct ExplainArguments {
  bool help = false;
  ExplainFlags what;
  config::ProxyFlags flags;
};

// `arguments` are those behind "umbra explain": the flags of `umbra proxy`, and its own.  --shadow without a
// URL names one of the configuration's.
Result<ExplainArguments> parse_explain_arguments(const std::vector<std::string>& arguments);

std::string explain_help();

// A file, or standard input for "" and "-"; at most kExplainedMax bytes.  Blocks.
Result<std::string> read_request_bytes(const std::string& file);

}  // namespace umbra::app
