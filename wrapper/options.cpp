#include "wrapper/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/text.h"

namespace umbra::wrapper {
namespace {

constexpr std::string_view kHelp =
    "{0}: starts an application with umbra in its place.\n"
    "\n"
    "Usage: {0} COMMAND [ARGUMENTS...]\n"
    "       {0} FLAGS... -- COMMAND [ARGUMENTS...]\n"
    "\n"
    "  web: {0} bundle exec rails s -p $PORT\n"
    "      in a Procfile: rails listens on $PORT+1, umbra on $PORT\n"
    "\n"
    "The application gets PORT=$PORT+1 and its arguments as they stand, with the port replaced in them.\n"
    "Once it accepts connections, umbra listens on $PORT, relays every connection to it byte for byte, and\n"
    "copies its HTTP requests to the shadows that are configured. All signals go to the application, and "
    "its\n"
    "exit status is that of {0}. After SIGTERM umbra drains first, while the application still\n"
    "answers. Nothing that is wrong with umbra's configuration keeps the application from running.\n"
    "\n"
    "Flags (all others before -- are those of `umbra proxy`)\n"
    "  --app-port PORT|auto  (default $PORT+1, or a free port where that is taken)\n"
    "      Where the application listens; auto: a free port. Also as APP_PORT.\n"
    "  --app ADDR\n"
    "      Its address, where that is not 127.0.0.1 or ::1 with that port, e.g. unix:/tmp/app.sock\n"
    "  --keep-arguments\n"
    "      Replaces no port in the arguments: PORT is all that the application is told.\n"
    "  --shell\n"
    "      COMMAND is one string, which a shell (sh -c) takes apart.\n"
    "  --wait DUR  (default 55s)\n"
    "      How long the application may take to accept before that is called an error. The waiting goes on.\n"
    "  --listen-at-once\n"
    "      Does not wait: clients get 502 until the application accepts.\n"
    "  --stop-timeout DUR  (default 25s)\n"
    "      From SIGTERM until what still runs is killed.\n"
    "  --umbra FILE  (default: beside this program, then on PATH)\n"
    "      The program umbra.\n"
    "  --help, --version\n"
    "\n"
    "Configuration, in this order: flags before --, config/umbra.yaml or umbra.yaml, config/gor.options,\n"
    "UMBRA_SHADOWS (URLs with commas between).\n"
    "\n"
    "Environment\n"
    "  PORT               the port that umbra takes; needed\n"
    "  UMBRA_OFF=1        starts the application on $PORT itself, without umbra\n"
    "  UMBRA_MIRROR=off   relays, but copies nothing\n"
    "  EM_PROXY_VERBOSE=true   log level debug\n";

constexpr uint64_t kPortMax = 65535;

Error bad(std::string detail) { return {Errc::bad_config, std::move(detail)}; }

Result<uint16_t> parse_port(std::string_view what, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (number && *number >= 1 && *number <= kPortMax) return static_cast<uint16_t>(*number);
  return bad(fmt::format("{} '{}': a port from 1 to {} is expected", what, text, kPortMax));
}

class Reader {
 public:
  Reader(const std::vector<std::string>& arguments, const Environment& environment)
      : arguments_(arguments), environment_(environment) {}

  Result<Options> read() {
    if (auto read = read_environment(); !read) return read.error();
    if (auto read = read_arguments(); !read) return read.error();
    if (options_.help || options_.version) return std::move(options_);
    if (options_.command.empty()) return bad("the application's command is missing; --help shows how");
    if (options_.off) {
      // The application alone decides about what it is given.
      if (const auto port = parse_port("PORT", environment_.get("PORT").value_or("")); port)
        options_.port = *port;
      return std::move(options_);
    }
    if (auto read = read_port(); !read) return read.error();
    return std::move(options_);
  }

 private:
  bool is_on(const char* variable) const {
    const auto value = environment_.get(variable);
    return value && (*value == "1" || *value == "true" || *value == "yes" || *value == "on");
  }

  Result<void> read_environment() {
    options_.off = is_on("UMBRA_OFF");
    options_.verbose = environment_.get("EM_PROXY_VERBOSE") == "true";
    const auto port = environment_.get("APP_PORT");
    return port && !port->empty() && !options_.off ? take_app_port("APP_PORT", *port) : Result<void>();
  }

  Result<void> read_port() {
    const auto text = environment_.get("PORT");
    if (!text || text->empty()) {
      return bad("PORT is not set: the port that the application would have without umbra is expected there");
    }
    const auto port = parse_port("PORT", *text);
    if (!port) return port.error();
    options_.port = *port;
    if (options_.app_port == options_.port || (options_.app && options_.app->port == options_.port)) {
      return bad(fmt::format("the application's port {} is PORT itself; another one is expected", *port));
    }
    return {};
  }

  Result<void> take_app_port(std::string_view what, std::string_view text) {
    options_.app_port_auto = text == "auto";
    options_.app_port.reset();
    if (options_.app_port_auto) return {};
    const auto port = parse_port(what, text);
    if (!port) return port.error();
    options_.app_port = *port;
    return {};
  }

  // What stands before -- is flags; without one the first word must be the command's.
  Result<void> read_arguments() {
    const auto end = std::find(arguments_.begin(), arguments_.end(), "--");
    const bool begins_with_flag = !arguments_.empty() && arguments_.front().starts_with('-');
    if (!begins_with_flag) {
      options_.command = arguments_;
      return {};
    }
    options_.command.assign(end == arguments_.end() ? end : end + 1, arguments_.end());
    const std::vector<std::string> flags(arguments_.begin(), end);
    for (at_ = 0; at_ < flags.size(); ++at_) {
      if (auto taken = take_flag(flags); !taken) return taken;
    }
    if (end == arguments_.end() && !options_.help && !options_.version) {
      return bad("-- is expected between umbra's flags and the application's command");
    }
    return {};
  }

  Result<void> take_flag(const std::vector<std::string>& flags) {
    const std::string& flag = flags[at_];
    const std::string name = flag.substr(0, flag.find('='));
    if (name == "--help" || name == "-h")
      options_.help = true;
    else if (name == "--version")
      options_.version = true;
    else if (name == "--shell")
      options_.shell = true;
    else if (name == "--keep-arguments")
      options_.keep_arguments = true;
    else if (name == "--listen-at-once")
      options_.listen_at_once = true;
    else if (takes_value(name))
      return take_value(name, flags);
    else if (name == "--listen")
      return bad("--listen: the wrapper listens on PORT; `umbra proxy` takes --listen");
    else
      options_.proxy_flags.push_back(flag);
    return {};
  }

  static bool takes_value(const std::string& name) {
    return name == "--app-port" || name == "--app" || name == "--wait" || name == "--stop-timeout" ||
           name == "--umbra";
  }

  Result<void> take_value(const std::string& name, const std::vector<std::string>& flags) {
    const std::string& flag = flags[at_];
    std::string value;
    if (flag.size() > name.size()) {
      value = flag.substr(name.size() + 1);
    } else if (++at_ < flags.size()) {
      value = flags[at_];
    }
    if (value.empty()) return bad(fmt::format("{}: a value is expected behind it", name));
    if (name == "--app-port") return take_app_port(name, value);
    if (name == "--app") return take_app(value);
    if (name == "--umbra") {
      options_.umbra = value;
      return {};
    }
    return take_duration(name, value);
  }

  Result<void> take_app(const std::string& value) {
    auto address = net::Address::parse_target(value);
    if (!address) return bad(fmt::format("--app '{}': {}", value, address.error().detail));
    const bool literal = address->kind == net::Address::Kind::unix_path || address->host == "localhost" ||
                         address->host.find_first_not_of("0123456789.") == std::string::npos ||
                         address->host.find(':') != std::string::npos;
    if (!literal)
      return bad(fmt::format("--app '{}': an IP address, localhost or unix:PATH is expected", value));
    options_.app = std::move(*address);
    return {};
  }

  Result<void> take_duration(const std::string& name, const std::string& value) {
    constexpr Nanos kMost = 3600 * kSecond;
    const auto time = parse_duration(value);
    if (!time || *time > kMost) {
      return bad(
          fmt::format("{} '{}': a duration such as 250ms, 20s or 2m, up to 1h, is expected", name, value));
    }
    (name == "--wait" ? options_.wait : options_.stop_timeout) = *time;
    return {};
  }

  const std::vector<std::string>& arguments_;
  const Environment& environment_;
  Options options_;
  size_t at_ = 0;
};

}  // namespace

Result<Options> read_options(const std::vector<std::string>& arguments, const Environment& environment) {
  return Reader(arguments, environment).read();
}

std::string help_text(const std::string& program) { return fmt::format(kHelp, program); }

}  // namespace umbra::wrapper
