#include "umbra/app/command_line.h"

#include <fmt/format.h>

// A comma may stand in a path: repeated flags are repeated, not split.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#define CXXOPTS_NO_REGEX true  // std::regex has no place in a binary for a dozen flags
#include <algorithm>
#include <array>
#include <cxxopts.hpp>
#include <utility>
#include <variant>

#include "umbra/base/text.h"

namespace umbra::app {
namespace {

using config::ProxyFlags;
using Text = std::string ProxyFlags::*;
using MaybeText = std::optional<std::string> ProxyFlags::*;
using Texts = std::vector<std::string> ProxyFlags::*;
using Switch = bool ProxyFlags::*;

struct Flag {
  std::string_view group;
  std::string_view name;
  std::string_view argument;
  std::variant<Text, MaybeText, Texts, Switch> field;
  std::string_view fallback;  // shown when the field has no default of its own
  std::string_view help;
  std::string_view example;
};

const std::array kFlags{
    Flag{"Addresses", "listen", "ADDR", &ProxyFlags::listen, "[::]:$PORT",
         "Where clients come in: HOST:PORT, [IPV6]:PORT, :PORT (every interface, IPv4 and IPv6) or\n"
         "unix:PATH. May be given more than once.",
         "--listen :8080 --listen unix:/run/umbra.sock"},
    Flag{"Addresses", "app", "ADDR", &ProxyFlags::app, "127.0.0.1:$PORT+1",
         "The application that answers: HOST:PORT, [IPV6]:PORT or unix:PATH. Every client's connection\n"
         "gets one of its own to it, and its bytes pass as they are.",
         "--app 127.0.0.1:5000"},
    Flag{"Addresses", "workers", "N|auto", &ProxyFlags::workers, "",
         "Event loops, each in a thread of its own; auto: one for each usable CPU. 1 to 256.", "--workers 4"},
    Flag{"Addresses", "max-sessions", "N|auto", &ProxyFlags::max_sessions, "",
         "Connections of clients at a time, in all; more wait in the listener's queue. auto: as many as\n"
         "the limit of open files has room for. 1 to 1000000.",
         "--max-sessions 20000"},

    Flag{"Shadows", "shadow", "[NAME=]URL", &ProxyFlags::shadow, "none",
         "Copies every HTTP request there and discards what comes back; clients never feel it. The\n"
         "name stands in logs, in metrics and in the copy's field Umbra-Copy; without one it is\n"
         "host:port. May be given up to 64 times.",
         "--shadow next=http://10.0.0.7:5000 --shadow http://staging"},
    Flag{"Shadows", "shadow-memory", "SIZE", &ProxyFlags::shadow_memory, "",
         "Bound over all copies held in memory; each shadow gets at most half of it. What does not fit\n"
         "is dropped whole and counted. 1MiB to 64GiB.",
         "--shadow-memory 256MiB"},
    Flag{"Shadows", "shadow-connections", "N", &ProxyFlags::shadow_connections, "",
         "Connections to each shadow, over all workers. 1 to 65536.", "--shadow-connections 32"},
    Flag{"Shadows", "shadow-timeout", "DUR", &ProxyFlags::shadow_timeout, "",
         "Time for a whole copy, from waiting for a connection to the end of the answer. 1ms to 1h.",
         "--shadow-timeout 5s"},
    Flag{"Shadows", "shadow-connect-timeout", "DUR", &ProxyFlags::shadow_connect_timeout, "",
         "Time to connect to a shadow. 1ms to 1h.", "--shadow-connect-timeout 500ms"},
    Flag{"Shadows", "shadow-pipeline", "N|auto", &ProxyFlags::shadow_pipeline, "",
         "Copies sent on a connection before the first is answered, which costs less CPU. 1: one at a\n"
         "time, so that the shadow sees the concurrency the application sees; auto: more only while\n"
         "the shadow has proven that it can and is quick. 1 to 64.",
         "--shadow-pipeline 1"},

    Flag{"Draining", "drain-delay", "DUR", &ProxyFlags::drain_delay, "",
         "After SIGTERM or SIGINT, keep accepting for so long, until the router has noticed. 0s to 1h.",
         "--drain-delay 5s"},
    Flag{"Draining", "drain-timeout", "DUR", &ProxyFlags::drain_timeout, "",
         "Then let exchanges finish for so long before they are ended. 0s to 1h.", "--drain-timeout 10s"},

    Flag{"Observing", "admin", "ADDR|off", &ProxyFlags::admin, "",
         "Serves /metrics (Prometheus), /status (JSON), /healthz and /readyz there. :PORT alone means\n"
         "127.0.0.1:PORT; [::]:PORT opens it to every interface.",
         "--admin :9100"},
    Flag{"Observing", "ready-needs-app", "", &ProxyFlags::ready_needs_app, "",
         "Lets /readyz fail while the application does not accept connections.", "--ready-needs-app"},
    Flag{"Observing", "access-log", "FILE|-|off", &ProxyFlags::access_log, "",
         "One line for each exchange, with the shadows it was copied to; - is standard output. JSON with\n"
         "--log-format json, else logfmt.",
         "--access-log /var/log/umbra.log"},

    Flag{"Logging", "log-level", "LEVEL", &ProxyFlags::log_level, "",
         "What goes to standard error: debug, info, warn, error or off.", "--log-level warn"},
    Flag{"Logging", "log-format", "FORMAT", &ProxyFlags::log_format, "text on a terminal, else logfmt",
         "text, logfmt or json.", "--log-format json"},
};

constexpr std::string_view kProxyHead =
    "umbra proxy: relays every connection to an application, byte for byte, and sends a copy of every\n"
    "HTTP request to shadows.\n"
    "\n"
    "Usage: umbra proxy [flags]\n"
    "\n"
    "  PORT=8080 umbra proxy --shadow next=http://127.0.0.1:5001\n"
    "      listens on 8080, relays to 127.0.0.1:8081, copies to 127.0.0.1:5001\n";

constexpr std::string_view kProxyFoot =
    "\n"
    "Others\n"
    "  --help, --version\n"
    "\n"
    "Sizes are written as 65536, 64KiB or 1GiB, durations (DUR) as 250ms, 1.5s or 2m.\n"
    "Exit status: 0 after a drain, 1 when something failed at run time, 2 for a wrong command line.\n";

Error bad(std::string detail) { return Error{Errc::bad_config, std::move(detail)}; }

std::string default_of(const Flag& flag) {
  if (const Text* text = std::get_if<Text>(&flag.field)) return ProxyFlags{}.**text;
  return std::string(flag.fallback);
}

// cxxopts takes an argument like -port apart into letters; none of them is a flag of ours, so the first
// that comes back stands for the argument it began.
std::string as_given(const std::string& unmatched, const std::vector<std::string>& arguments) {
  const auto given = std::find_if(arguments.begin(), arguments.end(), [&](const std::string& argument) {
    return argument.starts_with(unmatched);
  });
  return unmatched.size() == 2 && given != arguments.end() ? *given : unmatched;
}

Error unknown(const std::string& argument) {
  if (!argument.starts_with('-'))
    return bad(fmt::format("'{}': no argument without a flag is expected", argument));
  std::vector<std::string_view> known{"help", "version"};
  for (const Flag& flag : kFlags) known.push_back(flag.name);
  const size_t begin = argument.find_first_not_of('-');
  const std::string word = begin == argument.npos ? "" : argument.substr(begin, argument.find('=') - begin);
  const std::string_view meant = nearest(word, known);
  const std::string shown = argument.substr(0, argument.find('='));
  return bad(fmt::format("unknown flag '{}': {} is expected", shown,
                         meant.empty() ? "one that umbra proxy --help lists" : fmt::format("--{}", meant)));
}

bool is_switch_with_value(const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  if (name.size() == argument.size()) return false;
  const auto is_named = [&](const Flag& flag) {
    return std::holds_alternative<Switch>(flag.field) && name == fmt::format("--{}", flag.name);
  };
  return name == "--help" || name == "--version" || std::any_of(kFlags.begin(), kFlags.end(), is_named);
}

void declare(cxxopts::Options& parser, ProxyArguments& into) {
  auto add = parser.add_options();
  add("help", "", cxxopts::value(into.help));
  add("version", "", cxxopts::value(into.version));
  for (const Flag& flag : kFlags) {
    std::visit([&](auto field) { add(std::string(flag.name), "", cxxopts::value(into.flags.*field)); },
               flag.field);
  }
}

}  // namespace

Result<ProxyArguments> parse_proxy_arguments(const std::vector<std::string>& arguments) try {
  ProxyArguments parsed;
  cxxopts::Options parser("umbra proxy");
  parser.allow_unrecognised_options();
  declare(parser, parsed);
  std::vector<const char*> argv{"umbra proxy"};
  for (const std::string& argument : arguments)
    argv.push_back(argument == "-h" ? "--help" : argument.c_str());
  const auto result = parser.parse(static_cast<int>(argv.size()), argv.data());
  if (!result.unmatched().empty()) return unknown(as_given(result.unmatched().front(), arguments));
  for (const Flag& flag : kFlags) {
    if (!std::holds_alternative<Texts>(flag.field) && result.count(std::string(flag.name)) > 1) {
      return bad(fmt::format("--{} is given {} times: once is expected", flag.name,
                             result.count(std::string(flag.name))));
    }
  }
  return parsed;
} catch (const cxxopts::exceptions::missing_argument&) {
  // Only the last argument can lack a value.
  return bad(fmt::format("{}: a value is expected behind it", arguments.back()));
} catch (const cxxopts::exceptions::incorrect_argument_type& failure) {
  // Texts take anything: only a switch can have refused its value.
  const auto given = std::find_if(arguments.begin(), arguments.end(), is_switch_with_value);
  return bad(given == arguments.end() ? failure.what() : fmt::format("{}: no value is expected", *given));
} catch (const cxxopts::exceptions::exception& failure) {
  return bad(failure.what());
}

std::string general_help() {
  return "umbra: takes an application's place, relays every connection to it, and copies its HTTP requests\n"
         "to shadows that no client can feel.\n"
         "\n"
         "Usage: umbra COMMAND [flags]\n"
         "\n"
         "  proxy      relay and copy; `umbra proxy --help` explains its flags\n"
         "  help       `umbra help COMMAND` is the same as `umbra COMMAND --help`\n"
         "\n"
         "  --help, --version\n";
}

std::string proxy_help() {
  std::string out(kProxyHead);
  std::string_view group;
  for (const Flag& flag : kFlags) {
    if (group != flag.group) out += fmt::format("\n{}\n", group = flag.group);
    const std::string fallback = default_of(flag);
    out += fmt::format("  --{}{}{}{}\n      ", flag.name, flag.argument.empty() ? "" : " ", flag.argument,
                       fallback.empty() ? "" : fmt::format("  (default {})", fallback));
    for (const char c : flag.help) out += c == '\n' ? std::string("\n      ") : std::string(1, c);
    out += fmt::format("\n      e.g. {}\n", flag.example);
  }
  return out + std::string(kProxyFoot);
}

}  // namespace umbra::app
