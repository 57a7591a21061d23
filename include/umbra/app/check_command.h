// `umbra check`: judges a configuration and prints it with where each value came from.
#pragma once

#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/config/proxy_flags.h"

namespace umbra::app {

struct CheckArguments {
  bool help = false;
  bool json = false;
  bool quiet = false;  // problems only
  bool schema = false;
  config::ProxyFlags flags;
};

// `arguments` are those behind "umbra check": the flags of `umbra proxy`, and its own.
Result<CheckArguments> parse_check_arguments(const std::vector<std::string>& arguments);

std::string check_help();

// What it prints, and the exit status: 0, or 2 where there is a problem.
struct CheckResult {
  std::string out;
  std::string err;
  int status = 0;
};
CheckResult check(const CheckArguments& arguments, const config::Surroundings& surroundings);

}  // namespace umbra::app
