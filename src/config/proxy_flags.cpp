#include "umbra/config/proxy_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/shadow_flag.h"
#include "umbra/net/same_place.h"

namespace umbra::config {
namespace {

template <typename T>
struct Range {
  T low;
  T high;
  std::string_view text;
};

constexpr Range<uint64_t> kWorkers{1, 256, "1 to 256 or auto"};
constexpr Range<uint64_t> kSessions{1, 1'000'000, "1 to 1000000 or auto"};
constexpr Range<uint64_t> kMemory{uint64_t{1} << 20, uint64_t{1} << 36, "1MiB to 64GiB"};
constexpr Range<uint64_t> kConnections{1, 65536, "1 to 65536"};
constexpr Range<uint64_t> kPipeline{1, 64, "1 to 64 or auto"};
constexpr Range<Nanos> kTimeout{kMillisecond, 3600 * kSecond, "1ms to 1h"};
constexpr Range<Nanos> kDrain{0, 3600 * kSecond, "0s to 1h"};

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{{{"debug", LogLevel::debug},
                                                                        {"info", LogLevel::info},
                                                                        {"warn", LogLevel::warn},
                                                                        {"error", LogLevel::error},
                                                                        {"off", LogLevel::off}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 3> kFormats{
    {{"text", LogFormat::text}, {"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}};

// Reads one flag after the other; the first complaint is kept, and no options are made then.
class Reader {
 public:
  Reader(const ProxyFlags& flags, const Surroundings& surroundings)
      : flags_(flags), surroundings_(surroundings) {}

  Result<ProxyOptions> read() {
    read_addresses();
    read_shadows();
    read_limits();
    read_observing();
    refuse_loops();
    if (complaint_) return *complaint_;
    return std::move(options_);
  }

 private:
  void read_addresses();
  void read_shadows();
  void read_limits();
  void read_observing();
  void refuse_loops();
  void refuse_loop(std::string_view flag, const std::string& value, const net::Address& target);
  std::optional<uint16_t> port_variable(std::string_view instead_of);

  void complain(std::string text) {
    if (!complaint_) complaint_ = Error{Errc::bad_config, std::move(text)};
  }
  void complain(std::string_view flag, std::string_view value, std::string_view expected) {
    std::string shown;  // in one line, whatever it holds
    append_escaped(shown, value);
    complain(fmt::format("{} '{}': {}", flag, shown, expected));
  }
  template <typename T>
  T in_range(std::string_view flag, std::string_view value, const Result<T>& parsed, const Range<T>& range) {
    if (parsed && *parsed >= range.low && *parsed <= range.high) return *parsed;
    complain(flag, value, fmt::format("{} is expected", range.text));
    return range.low;
  }
  uint64_t number(std::string_view flag, const std::string& value, const Range<uint64_t>& range) {
    return in_range(flag, value, parse_unsigned(value), range);
  }
  Nanos duration(std::string_view flag, const std::string& value, const Range<Nanos>& range) {
    const Result<Nanos> parsed = parse_duration(value);
    if (!parsed) complain(flag, value, parsed.error().detail + " is expected");
    return in_range(flag, value, parsed, range);
  }
  template <typename Choices>
  auto choice(std::string_view flag, const std::string& value, const Choices& choices) {
    std::string expected;
    for (const auto& [name, meaning] : choices) {
      if (value == name) return meaning;
      expected += fmt::format("{}{}",
                              expected.empty()               ? ""
                              : name == choices.back().first ? " or "
                                                             : ", ",
                              name);
    }
    complain(flag, value, expected + " is expected");
    return choices.front().second;
  }

  const ProxyFlags& flags_;
  const Surroundings& surroundings_;
  ProxyOptions options_;
  std::optional<Error> complaint_;
};

std::optional<uint16_t> Reader::port_variable(std::string_view instead_of) {
  const auto text = surroundings_.variable("PORT");
  if (!text || text->empty()) {
    complain(
        fmt::format("{0} is missing and PORT is not set: {0} ADDR, or a port from 1 to 65535 in the "
                    "environment's PORT, is expected",
                    instead_of));
    return std::nullopt;
  }
  const auto port = parse_unsigned(*text);
  if (port && *port >= 1 && *port <= 65535) return static_cast<uint16_t>(*port);
  complain("PORT", *text, "a port from 1 to 65535 is expected");
  return std::nullopt;
}

void Reader::read_addresses() {
  for (const std::string& text : flags_.listen) {
    auto address = net::Address::parse_listen(text);
    if (!address) {
      complain("--listen", text, address.error().detail);
      continue;
    }
    // SO_REUSEPORT would let the second one pass unnoticed.  Port 0 is another one each time.
    const bool twice =
        std::find(options_.listen.begin(), options_.listen.end(), *address) != options_.listen.end();
    if (twice && (address->port != 0 || !address->path.empty())) {
      complain("--listen", text, "is given twice; an address is expected once");
    }
    options_.listen.push_back(std::move(*address));
  }
  if (flags_.listen.empty()) {
    if (const auto port = port_variable("--listen")) {
      options_.listen.push_back({net::Address::Kind::tcp, "::", *port, ""});
    }
  }
  if (flags_.app) {
    auto address = net::Address::parse_target(*flags_.app);
    if (!address) return complain("--app", *flags_.app, address.error().detail);
    options_.relay.app = std::move(*address);
  } else if (const auto port = port_variable("--app")) {
    if (*port == 65535) {
      return complain("PORT", "65535",
                      "has no PORT+1 for the application; a PORT up to 65534, or --app ADDR, is expected");
    }
    options_.relay.app = {net::Address::Kind::tcp, "127.0.0.1", static_cast<uint16_t>(*port + 1), ""};
  }
}

void Reader::read_shadows() {
  auto& shadows = options_.mirror.shadows;
  if (flags_.shadow.size() > mirror::kShadowsMax) {
    complain(fmt::format("--shadow is given {} times: at most {} shadows are expected", flags_.shadow.size(),
                         mirror::kShadowsMax));
    return;
  }
  for (const std::string& text : flags_.shadow) {
    auto shadow = parse_shadow(text);
    if (!shadow) {
      complain("--shadow", text, shadow.error().detail);
      continue;
    }
    const bool taken = std::any_of(shadows.begin(), shadows.end(),
                                   [&](const auto& other) { return other.name == shadow->name; });
    if (taken) {
      complain("--shadow", text,
               fmt::format("the name '{}' is given twice; a name of its own is expected, such as "
                           "other={}",
                           shadow->name, shadow->url));
    }
    shadows.push_back(std::move(*shadow));
  }
}

void Reader::read_limits() {
  const auto& f = flags_;
  options_.workers = f.workers == "auto"
                         ? std::clamp(surroundings_.usable_cpus, 1U, static_cast<unsigned>(kWorkers.high))
                         : static_cast<unsigned>(number("--workers", f.workers, kWorkers));
  if (f.max_sessions != "auto") {  // of the process; run_proxy() makes it a worker's share
    options_.relay.sessions_max = number("--max-sessions", f.max_sessions, kSessions);
  }
  auto& mirror = options_.mirror;
  const auto memory = parse_size(f.shadow_memory);
  if (!memory) complain("--shadow-memory", f.shadow_memory, memory.error().detail + " is expected");
  mirror.memory = in_range("--shadow-memory", f.shadow_memory, memory, kMemory);
  mirror.connections = number("--shadow-connections", f.shadow_connections, kConnections);
  mirror.timeout = duration("--shadow-timeout", f.shadow_timeout, kTimeout);
  mirror.connect_timeout = duration("--shadow-connect-timeout", f.shadow_connect_timeout, kTimeout);
  mirror.pipeline = f.shadow_pipeline == "auto"
                        ? 0
                        : static_cast<unsigned>(number("--shadow-pipeline", f.shadow_pipeline, kPipeline));
  options_.drain.delay = duration("--drain-delay", f.drain_delay, kDrain);
  options_.drain.timeout = duration("--drain-timeout", f.drain_timeout, kDrain);
}

void Reader::read_observing() {
  if (flags_.admin != "off") {
    auto address = net::Address::parse_listen(flags_.admin);
    if (!address) {
      complain("--admin", flags_.admin, address.error().detail + "; or off");
    } else {
      // What it shows is not for everybody: who wants it on every interface says so.
      if (address->kind == net::Address::Kind::tcp && address->host.empty()) address->host = "127.0.0.1";
      options_.admin.push_back(std::move(*address));
    }
  }
  options_.ready_needs_app = flags_.ready_needs_app;
  if (flags_.access_log.empty()) complain("--access-log", "", "a file, - or off is expected");
  if (flags_.access_log != "off") options_.access_log = flags_.access_log;
  options_.log_level = choice("--log-level", flags_.log_level, kLevels);
  const std::string fallback = surroundings_.stderr_is_terminal ? "text" : "logfmt";
  options_.log_format = choice("--log-format", flags_.log_format.value_or(fallback), kFormats);
}

void Reader::refuse_loop(std::string_view flag, const std::string& value, const net::Address& target) {
  for (const net::Address& listen : options_.listen) {
    if (!would_reach(target, listen)) continue;
    complain(flag, value,
             fmt::format("umbra itself listens there ({}); another address is expected", listen.text()));
  }
}

void Reader::refuse_loops() {
  if (complaint_) return;
  refuse_loop("--app", options_.relay.app.text(), options_.relay.app);
  for (size_t i = 0; i < flags_.shadow.size(); ++i) {
    refuse_loop("--shadow", flags_.shadow[i], options_.mirror.shadows[i].address);
  }
  for (const net::Address& admin : options_.admin) {
    if (admin.port != 0 || !admin.path.empty()) refuse_loop("--admin", flags_.admin, admin);
  }
}

}  // namespace

Result<ProxyOptions> proxy_options(const ProxyFlags& flags, const Surroundings& surroundings) {
  return Reader(flags, surroundings).read();
}

}  // namespace umbra::config
