// `umbra sink`: an HTTP server that answers by chance.
#pragma once

#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/generate/sink_server.h"

namespace umbra::app {

struct SinkArguments {
  bool help = false;
  generate::SinkOptions options;
  std::string json;    // a file, "-": standard output, empty: none
  bool quiet = false;  // neither a word at the start nor the summary
};

// `arguments` are those behind "umbra sink".  An error has a line for each thing that is wrong.
Result<SinkArguments> parse_sink_arguments(const std::vector<std::string>& arguments);

std::string sink_help();

// Runs it to its end.  The exit status: 0 after SIGINT or SIGTERM, 1 where it could not be run.
int run_sink(const SinkArguments& arguments);

}  // namespace umbra::app
