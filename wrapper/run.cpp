#include "wrapper/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "umbra/base/log.h"
#include "wrapper/environment.h"
#include "wrapper/front.h"
#include "wrapper/options.h"
#include "wrapper/port_rewrite.h"
#include "wrapper/ports.h"
#include "wrapper/proxy_program.h"
#include "wrapper/supervisor.h"

namespace umbra::wrapper {
namespace {

constexpr int kWrongCommandLine = 2;
constexpr int kFailed = 1;

std::vector<std::string> command_for(const Options& options, uint16_t port, Log& log) {
  const auto variables = options.shell ? Variables::left : Variables::replaced;
  std::vector<std::string> all;
  for (const std::string& argument : options.command) {
    if (options.keep_arguments || options.port == 0) {
      all.push_back(argument);
      continue;
    }
    Rewritten rewritten = rewrite_port(argument, options.port, port, variables);
    for (const std::string& was : rewritten.replaced) {
      // Of no interest where PORT is what it was.
      if (port != options.port) {
        log.info("port replaced in an argument",
                 {{"argument", static_cast<uint64_t>(all.size())}, {"was", was}, {"port", port}});
      }
    }
    all.push_back(std::move(rewritten.text));
  }
  if (!options.shell) return all;
  std::string line;
  for (const std::string& word : all) line += (line.empty() ? "" : " ") + word;
  return {"/bin/sh", "-c", line};
}

// The application takes this process's place, as if umbra had never been there.
int run_alone(const Options& options, const Environment& environment, Log& log) {
  std::vector<std::string> command = command_for(options, options.port, log);
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<std::string> entries = environment.entries();
  std::vector<char*> variables;
  for (std::string& entry : entries) variables.push_back(entry.data());
  variables.push_back(nullptr);
  ::execvpe(arguments.front(), arguments.data(), variables.data());
  const int why = errno;
  log.error("the application cannot be started",
            {{"program", command.front()}, {"reason", std::strerror(why)}});
  return why == ENOENT ? 127 : 126;
}

// The port for the app; nothing: it was asked for and is taken, which has been said.
std::optional<uint16_t> choose_app_port(const Options& options, Log& log) {
  if (options.app) {
    const uint16_t own = options.app->port;  // 0: a unix socket
    if (own == 0 || is_port_free(own)) return own;
    log.error("the application's port is taken: another --app is expected",
              {{"port", own}, {"by", port_holder(own)}});
    return std::nullopt;
  }
  if (options.app_port_auto) return find_free_port();
  const unsigned wanted = options.app_port ? *options.app_port : options.port + 1U;
  const auto port = static_cast<uint16_t>(wanted);
  if (wanted <= 65535 && is_port_free(port)) return port;
  const std::string holder = wanted > 65535 ? "no port" : port_holder(port);
  if (options.app_port) {
    log.error("the application's port is taken: another --app-port or APP_PORT, or auto, is expected",
              {{"port", port}, {"by", holder}});
    return std::nullopt;
  }
  const auto free = find_free_port();
  if (free) {
    log.warn("PORT+1 is taken: the application gets another port",
             {{"port", uint64_t{wanted}}, {"by", holder}, {"instead", *free}});
  }
  return free;
}

std::vector<net::Address> addresses_of(const Options& options, uint16_t port) {
  const bool named = options.app && options.app->host != "localhost";
  if (named) return {*options.app};
  return {{net::Address::Kind::tcp, "127.0.0.1", port, ""}, {net::Address::Kind::tcp, "::1", port, ""}};
}

int start(const Options& options, const Environment& environment, Log& log) {
  auto front = Front::bind(options.port);
  if (!front) {
    const std::string reason = front.error().detail;
    if (front.error().code == Errc::in_use) {
      log.error("PORT is taken", {{"port", options.port}, {"by", port_holder(options.port)}});
    } else {
      log.error("cannot listen on PORT", {{"port", options.port}, {"reason", reason}});
    }
    return kFailed;
  }
  const auto app_port = choose_app_port(options, log);
  if (!app_port) return kFailed;
  Signals signals;
  const ProxyProgram program(options, environment);
  AppProcess app{{}, environment, addresses_of(options, *app_port)};
  const auto judgement = program.judge(app.addresses.front(), signals.original_mask());
  for (const std::string& line : judgement.lines) log.error(line);
  if (judgement.verdict == ProxyProgram::Verdict::unusable) {
    log.error("umbra cannot be run: the application runs without it, NOTHING IS COPIED");
    front->close();
    signals.give_back();
    return run_alone(options, environment, log);
  }
  if (const std::string unused = program.unused_file(); !unused.empty()) {
    log.warn("a file is not used, since flags, a variable or umbra.yaml come before it", {{"file", unused}});
  }
  const bool faulty = judgement.verdict == ProxyProgram::Verdict::faulty;
  if (faulty) log.error("umbra's configuration is faulty: it relays only, NOTHING IS COPIED");
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) app.environment.remove(name);
  if (*app_port != 0) app.environment.set("PORT", std::to_string(*app_port));
  app.arguments = command_for(options, *app_port == 0 ? options.port : *app_port, log);
  return Supervisor(options, app, program, signals, log)
      .run(std::move(*front), faulty ? Mode::safe : Mode::full);
}

}  // namespace

int run(const std::string& program, const std::vector<std::string>& arguments, const std::string& version) {
  const Environment environment(environ);
  const auto options = read_options(arguments, environment);
  if (!options) {
    fmt::print(stderr, "{}: {}\n", program, options.error().detail);
    return kWrongCommandLine;
  }
  if (options->help) {
    fmt::print("{}", help_text(program));
    return 0;
  }
  if (options->version) {
    fmt::print("{} {}\n", program, version);
    return 0;
  }
  Log log(options->verbose ? LogLevel::debug : LogLevel::info, LogFormat::logfmt, STDERR_FILENO, "umbra");
  if (options->off) return run_alone(*options, environment, log);
  return start(*options, environment, log);
}

}  // namespace umbra::wrapper
