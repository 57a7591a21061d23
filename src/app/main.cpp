// umbra: picks the command.  Exit status 2 and one line for each thing that the command line or the
// configuration has wrong.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "umbra/app/check_command.h"
#include "umbra/app/command_line.h"
#include "umbra/app/explain_command.h"
#include "umbra/app/fresh_options.h"
#include "umbra/app/generate_command.h"
#include "umbra/app/proxy_command.h"
#include "umbra/app/safe_options.h"
#include "umbra/app/sink_command.h"
#include "umbra/app/version.h"
#include "umbra/base/text.h"
#include "wrapper/run.h"

namespace {

using namespace umbra;

constexpr int kBadCommandLine = 2;

int complain(const std::string& what) {
  fmt::print(stderr, "umbra: {}\n", what);
  return kBadCommandLine;
}

int print(const std::string& text) {
  fmt::print("{}", text);
  return 0;
}

int print_version() { return print(fmt::format("umbra {}\n", app::version())); }

unsigned usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

config::Surroundings surroundings() {
  config::Surroundings here;
  here.variable = environment_variable;
  here.usable_cpus = usable_cpus();
  here.stderr_is_terminal = isatty(STDERR_FILENO) == 1;
  return here;
}

int proxy(const std::vector<std::string>& arguments) {
  const auto parsed = app::parse_proxy_arguments(arguments);
  if (!parsed) return complain(parsed.error().detail);
  if (parsed->help) return print(app::proxy_help());
  if (parsed->version) return print_version();
  auto inherited = net::take_inherited();
  if (!inherited) return complain(inherited.error().detail);
  config::Surroundings here = surroundings();
  for (const net::ListenSocket& socket : inherited->sockets) here.inherited.push_back(socket.address());
  const auto read = [&] {
    return parsed->safe ? app::safe_options(parsed->flags, here) : app::fresh_options(parsed->flags, here);
  };
  const app::FreshOptions first = read();
  for (const std::string& problem : first.problems) complain(problem);
  return first.options ? app::run_proxy(first, read, std::move(*inherited)) : kBadCommandLine;
}

int check(const std::vector<std::string>& arguments) {
  const auto parsed = app::parse_check_arguments(arguments);
  if (!parsed) return complain(parsed.error().detail);
  if (parsed->help) return print(app::check_help());
  const app::CheckResult result = app::check(*parsed, surroundings());
  fmt::print("{}", result.out);
  fmt::print(stderr, "{}", result.err);
  return result.status;
}

int explain(const std::vector<std::string>& arguments) {
  const auto parsed = app::parse_explain_arguments(arguments);
  if (!parsed) return complain(parsed.error().detail);
  if (parsed->help) return print(app::explain_help());
  const app::FreshOptions fresh = app::fresh_options(parsed->flags, surroundings());
  for (const std::string& problem : fresh.problems) complain(problem);
  if (!fresh.options) return kBadCommandLine;
  auto raw = app::read_request_bytes(parsed->what.request);
  if (!raw) return complain(raw.error().detail);
  const auto text = app::explain(fresh.options->mirror.shadows, std::move(*raw), parsed->what);
  return text ? print(*text) : complain(text.error().detail);
}

int make_traffic(const std::vector<std::string>& arguments) {
  const auto parsed = app::parse_generate_arguments(arguments);
  if (!parsed) return complain(parsed.error().detail);
  return parsed->help ? print(app::generate_help()) : app::run_generate(*parsed);
}

int sink(const std::vector<std::string>& arguments) {
  const auto parsed = app::parse_sink_arguments(arguments);
  if (!parsed) return complain(parsed.error().detail);
  return parsed->help ? print(app::sink_help()) : app::run_sink(*parsed);
}

int run(const std::vector<std::string>& arguments) {
  return wrapper::run("umbra run", arguments, std::string(app::version()));
}

int unknown_command(const std::string& word) {
  const bool flag = word.starts_with('-');
  const std::string_view meant =
      flag ? "" : nearest(word, {"proxy", "run", "generate", "sink", "check", "explain", "help"});
  return complain(fmt::format("unknown {} '{}': {} is expected", flag ? "flag" : "command", word,
                              meant.empty() ? "one that umbra --help lists" : meant));
}

int help(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return print(app::general_help());
  if (arguments.front() == "proxy") return print(app::proxy_help());
  if (arguments.front() == "generate") return print(app::generate_help());
  if (arguments.front() == "sink") return print(app::sink_help());
  if (arguments.front() == "run") return run({"--help"});
  if (arguments.front() == "check") return print(app::check_help());
  if (arguments.front() == "explain") return print(app::explain_help());
  return unknown_command(arguments.front());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (words.empty()) return help({});
  const std::string& command = words.front();
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (command == "proxy") return proxy(rest);
  if (command == "run") return run(rest);
  if (command == "generate") return make_traffic(rest);
  if (command == "sink") return sink(rest);
  if (command == "check") return check(rest);
  if (command == "explain") return explain(rest);
  if (command == "help" || command == "--help" || command == "-h") return help(rest);
  if (command == "--version") return print_version();
  return unknown_command(command);
}
