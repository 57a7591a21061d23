#include "umbra/app/check_command.h"

#include <fmt/format.h>

#include <utility>

#include "umbra/app/command_line.h"
#include "umbra/app/fresh_options.h"
#include "umbra/config/resolve.h"
#include "umbra/config/resolved_text.h"
#include "umbra/config/schema.h"

namespace umbra::app {
namespace {

// Takes every `word` out; whether there was one.  The value of a flag may read like a switch: --app --json
// is a wrong address either way.
bool take_out(std::vector<std::string>& arguments, std::string_view word) {
  return std::erase(arguments, word) > 0;
}

}  // namespace

Result<CheckArguments> parse_check_arguments(const std::vector<std::string>& arguments) {
  CheckArguments parsed;
  std::vector<std::string> rest = arguments;
  parsed.json = take_out(rest, "--json");
  parsed.quiet = take_out(rest, "--quiet");
  parsed.schema = take_out(rest, "--schema");
  auto proxy = parse_proxy_arguments(rest);
  if (!proxy) return proxy.error();
  parsed.help = proxy->help;
  parsed.flags = std::move(proxy->flags);
  return parsed;
}

std::string check_help() {
  return "umbra check: judges a configuration without running it, and prints every setting with its value "
         "and\n"
         "where it came from; secrets are not shown.\n"
         "\n"
         "Usage: umbra check [--json|--quiet] [flags of umbra proxy]\n"
         "       umbra check --schema\n"
         "\n"
         "  --json\n"
         "      Prints JSON, also for problems.\n"
         "  --quiet\n"
         "      Prints problems only.\n"
         "  --schema\n"
         "      Prints the JSON Schema of the configuration file, by which editors complete it.\n"
         "\n"
         "  umbra check --config umbra.yaml\n"
         "      one line for each problem on standard error, with file, line and column\n"
         "\n"
         "Exit status: 0 for a sound configuration, 2 where there is a problem.\n";
}

CheckResult check(const CheckArguments& arguments, const config::Surroundings& surroundings) {
  if (arguments.schema) return {config::schema(), "", 0};
  const config::Resolved resolved = config::resolve(arguments.flags, surroundings);
  CheckResult result;
  // The files that the options name are tried as the proxy would.
  const FreshOptions fresh = fresh_options(arguments.flags, surroundings);
  for (const std::string& warning : fresh.warnings) result.err += "warning: " + warning + "\n";
  for (const std::string& problem : fresh.problems) result.err += problem + "\n";
  if (!fresh.problems.empty()) result.status = 2;
  if (arguments.quiet) return result;
  if (arguments.json) {
    result.out = config::resolved_json(resolved);
  } else if (resolved.problems.empty()) {
    result.out = config::resolved_text(resolved);
  }
  return result;
}

}  // namespace umbra::app
