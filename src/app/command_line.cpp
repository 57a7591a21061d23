#include "umbra/app/command_line.h"

#include <fmt/format.h>

// A comma may stand in a path: repeated flags are repeated, not split.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#define CXXOPTS_NO_REGEX true  // std::regex has no place in a binary for a dozen flags
#include <algorithm>
#include <array>
#include <cxxopts.hpp>
#include <map>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/keys.h"

namespace umbra::app {
namespace {

using config::Flag;
using config::Key;

constexpr std::array<std::string_view, 7> kGroups{"Configuration", "Addresses", "Shadows", "Live edits",
                                                  "Draining",      "Observing", "Logging"};
constexpr size_t kColumns = 100;

bool is_switch(const Flag& flag) { return flag.argument.empty(); }
bool may_repeat(const Key& key) {
  return key.shape == config::Shape::some || key.shape == config::Shape::sections;
}

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
    "  --safe\n"
    "      Relays and does nothing else: no shadows, no edits of heads, no access log, no look at what\n"
    "      passes. A faulty configuration does not keep it from starting, if addresses can be read.\n"
    "  --help, --version\n"
    "\n"
    "Listening sockets that systemd or start-traffic-duplicator hands over (LISTEN_FDS) take the place of\n"
    "--listen.\n"
    "\n"
    "Every flag is also read from the environment: --shadow-memory from UMBRA_SHADOW_MEMORY (lists with\n"
    "blanks between). UMBRA_MIRROR=off begins without copies; UMBRA_ADMIN_TOKEN is the admin port's\n"
    "token. Flags win over the environment, and that over the configuration file.\n"
    "\n"
    "Sizes are written as 65536, 64KiB or 1GiB, durations (DUR) as 250ms, 1.5s or 2m.\n"
    "Exit status: 0 after a drain, 1 when something failed at run time, 2 for a wrong command line.\n";

Error bad(std::string detail) { return Error{Errc::bad_config, std::move(detail)}; }

std::string_view default_of(const Key& key) {
  return key.flag.fallback.empty() ? key.fallback : key.flag.fallback;
}

// `text` in lines that fit a terminal, behind six blanks.
std::string wrapped(std::string_view text) {
  std::string out;
  size_t column = kColumns;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const bool fits = column + 1 + end <= kColumns;
    out += fits ? " " : "\n      ";
    column = (fits ? column + 1 : 6) + end;
    out += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string help_of(const Key& key) {
  const Flag& flag = key.flag;
  const std::string_view fallback = is_switch(flag) ? "" : default_of(key);
  std::string text(key.help);
  const bool range = key.type != config::Type::choice && key.type != config::Type::filled;
  if (range && !key.expected.empty()) text += fmt::format(" {}.", key.expected);
  return fmt::format("  --{}{}{}{}{}\n      e.g. {}\n", flag.name, is_switch(flag) ? "" : " ", flag.argument,
                     fallback.empty() ? "" : fmt::format("  (default {})", fallback), wrapped(text),
                     flag.example);
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
  std::vector<std::string_view> known{"help", "safe", "version"};
  for (const Key& key : config::keys()) {
    if (!key.flag.name.empty()) known.push_back(key.flag.name);
  }
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
  const auto keys = config::keys();
  const auto is_named = [&](const Key& key) {
    return !key.flag.name.empty() && is_switch(key.flag) && name == fmt::format("--{}", key.flag.name);
  };
  return name == "--help" || name == "--safe" || name == "--version" ||
         std::any_of(keys.begin(), keys.end(), is_named);
}

// Where cxxopts puts what it has read.
struct Read {
  std::map<std::string_view, std::vector<std::string>> texts;
  std::map<std::string_view, bool> switches;
};

void declare(cxxopts::Options& parser, ProxyArguments& into, Read& read) {
  auto add = parser.add_options();
  add("help", "", cxxopts::value(into.help));
  add("safe", "", cxxopts::value(into.safe));
  add("version", "", cxxopts::value(into.version));
  for (const Key& key : config::keys()) {
    const std::string name(key.flag.name);
    if (name.empty()) continue;
    if (is_switch(key.flag)) {
      add(name, "", cxxopts::value(read.switches[key.flag.name]));
    } else {
      add(name, "", cxxopts::value(read.texts[key.flag.name]));
    }
  }
}

// An error names the flag that is given more than once and may not be.
Result<void> take(const cxxopts::ParseResult& result, Read& read, config::ProxyFlags& flags) {
  for (const Key& key : config::keys()) {
    const std::string name(key.flag.name);
    const size_t count = name.empty() ? 0 : result.count(name);
    if (count == 0) continue;
    if (count > 1 && !may_repeat(key)) {
      return bad(fmt::format("--{} is given {} times: once is expected", name, count));
    }
    if (is_switch(key.flag)) {
      flags[name] = {read.switches[key.flag.name] ? "true" : "false"};
    } else {
      flags[name] = std::move(read.texts[key.flag.name]);
    }
  }
  return {};
}

}  // namespace

Result<ProxyArguments> parse_proxy_arguments(const std::vector<std::string>& arguments) try {
  ProxyArguments parsed;
  cxxopts::Options parser("umbra proxy");
  parser.allow_unrecognised_options();
  Read read;
  declare(parser, parsed, read);
  std::vector<const char*> argv{"umbra proxy"};
  for (const std::string& argument : arguments)
    argv.push_back(argument == "-h" ? "--help" : argument.c_str());
  const auto result = parser.parse(static_cast<int>(argv.size()), argv.data());
  if (!result.unmatched().empty()) return unknown(as_given(result.unmatched().front(), arguments));
  if (const auto taken = take(result, read, parsed.flags); !taken) return taken.error();
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
         "  run        start an application with umbra in its place: umbra run -- COMMAND\n"
         "  generate   make traffic where there is none, and measure what becomes of it\n"
         "  sink       answer requests by chance, as a target of traffic or a dummy shadow\n"
         "  check      judge a configuration and print it with where each value came from\n"
         "  explain    say for one request what each shadow gets of it, and why\n"
         "  help       `umbra help COMMAND` is the same as `umbra COMMAND --help`\n"
         "\n"
         "  --help, --version\n";
}

std::string proxy_help() {
  std::string out(kProxyHead);
  for (const std::string_view group : kGroups) {
    out += fmt::format("\n{}\n", group);
    for (const Key& key : config::keys()) {
      if (key.flag.group == group) out += help_of(key);
    }
  }
  return out + std::string(kProxyFoot);
}

}  // namespace umbra::app
