// `umbra generate`: makes traffic where there is none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/generate/options.h"
#include "umbra/generate/summary.h"

namespace umbra::app {

struct GenerateArguments {
  bool help = false;
  generate::Options options;
  generate::Heading heading;
  std::string json;    // a file, "-": standard output, empty: none
  bool quiet = false;  // no progress
};

// `arguments` are those behind "umbra generate".
Result<GenerateArguments> parse_generate_arguments(const std::vector<std::string>& arguments);

std::string generate_help();

// Runs it to its end.  The exit status: 0, 1 where it could not be run, 4 where the load was not held, 130 or
// 143 after a signal.
int run_generate(const GenerateArguments& arguments);

}  // namespace umbra::app
