#include "umbra/config/server_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "umbra/base/text.h"
#include "umbra/config/shadow_section.h"
#include "umbra/net/same_place.h"

namespace umbra::config {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{{{"debug", LogLevel::debug},
                                                                        {"info", LogLevel::info},
                                                                        {"warn", LogLevel::warn},
                                                                        {"error", LogLevel::error},
                                                                        {"off", LogLevel::off}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 3> kFormats{
    {{"text", LogFormat::text}, {"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}};
constexpr std::array<std::pair<std::string_view, relay::ProxyProtocol>, 4> kProtocols{
    {{"off", relay::ProxyProtocol::off},
     {"v1", relay::ProxyProtocol::v1},
     {"v2", relay::ProxyProtocol::v2},
     {"any", relay::ProxyProtocol::any}}};

template <typename Choices>
auto chosen(const Choices& choices, std::string_view word) {
  for (const auto& [name, meaning] : choices) {
    if (name == word) return meaning;
  }
  return choices.front().second;
}

// A whole configuration, read once.
class Reader {
 public:
  Reader(const Section& root, const Surroundings& surroundings, Problems& problems)
      : root_(root), surroundings_(surroundings), problems_(problems) {}

  ProxyOptions read() {
    read_listen();
    read_app();
    read_limits();
    read_admin();
    read_token();
    read_logs();
    read_mirror();
    read_shadows();
    refuse_loops();
    if (problems_.empty()) check_shadows();
    return std::move(options_);
  }

 private:
  void read_listen();
  void read_app();
  void read_limits();
  void read_admin();
  void read_token();
  void take_token(std::string token, const std::function<void(std::string)>& complain);
  void read_logs();
  void read_mirror();
  void read_shadows();
  void refuse_twice(const Section& shadow, const mirror::ShadowOptions& options);
  void refuse_loops();
  void check_shadows();
  bool loops(const net::Address& target, std::string& expected) const;
  std::optional<uint16_t> port_variable(std::string_view instead_of);

  const Section& root_;
  const Surroundings& surroundings_;
  Problems& problems_;
  ProxyOptions options_;
  bool app_is_known_ = false;
  bool port_is_bad_ = false;
};

std::optional<uint16_t> Reader::port_variable(std::string_view instead_of) {
  const auto text = surroundings_.variable("PORT");
  if (!text || text->empty()) {
    problems_.push_back(
        {{},
         "",
         "",
         fmt::format("{0} is missing and PORT is not set: {0} ADDR, or a port from 1 to 65535 in "
                     "the environment's PORT, is expected",
                     instead_of)});
    return std::nullopt;
  }
  const auto port = parse_unsigned(*text);
  if (port && *port >= 1 && *port <= 65535) return static_cast<uint16_t>(*port);
  if (!std::exchange(port_is_bad_, true)) {
    problems_.push_back(
        {{Place::Source::variable, "PORT"}, "", quoted(*text), "a port from 1 to 65535 is expected"});
  }
  return std::nullopt;
}

void Reader::read_listen() {
  if (!surroundings_.inherited.empty()) {
    options_.listen = surroundings_.inherited;
    return;
  }
  const Node* given = root_.node("listen");
  const auto texts = root_.texts("listen");
  for (size_t i = 0; i < texts.size(); ++i) {
    auto address = net::Address::parse_listen(texts[i]);
    // SO_REUSEPORT would let the second one pass unnoticed.  Port 0 is another one each time.
    const bool twice =
        std::find(options_.listen.begin(), options_.listen.end(), *address) != options_.listen.end();
    if (twice && (address->port != 0 || !address->path.empty())) {
      const bool aligned = given->list.size() == texts.size();
      problems_.push_back({aligned ? given->list[i]->place : given->place,
                           aligned ? fmt::format("listen[{}]", i) : "listen", quoted(texts[i]),
                           "is given twice; an address is expected once"});
    }
    options_.listen.push_back(std::move(*address));
  }
  const bool empty = given == nullptr || (given->kind == Node::Kind::list && given->list.empty());
  if (!empty) return;
  if (const auto port = port_variable("--listen")) {
    options_.listen.push_back({net::Address::Kind::tcp, "::", *port, ""});
  }
}

void Reader::read_app() {
  if (const auto text = root_.text("app")) {
    options_.relay.app = *net::Address::parse_target(*text);
    app_is_known_ = true;
  }
  if (root_.has("app")) return;
  const auto port = port_variable("--app");
  if (!port) return;
  if (*port == 65535) {
    problems_.push_back(
        {{Place::Source::variable, "PORT"},
         "",
         quoted("65535"),
         "has no PORT+1 for the application; a PORT up to 65534, or --app ADDR, is expected"});
    return;
  }
  options_.relay.app = {net::Address::Kind::tcp, "127.0.0.1", static_cast<uint16_t>(*port + 1), ""};
  app_is_known_ = true;
}

void Reader::read_limits() {
  const Key& workers = *find_key("workers");
  options_.workers = static_cast<unsigned>(root_.number("workers").value_or(
      std::clamp<uint64_t>(surroundings_.usable_cpus, workers.low, workers.high)));
  // Of the process; run_proxy() makes it a worker's share.
  options_.max_sessions = root_.number("max_sessions").value_or(0);
  options_.relay.sessions_max = options_.max_sessions;
  options_.relay.live = live_edits_of(root_.section("live"));
  const Section drain = root_.section("drain");
  options_.drain.delay = *drain.duration("delay");
  options_.drain.timeout = *drain.duration("timeout");
  const Section tls = root_.section("tls");
  if (tls.has("cert") || tls.has("key")) options_.tls = tls_of(tls);
  if (tls.has("min_version") && !options_.tls)
    tls.complain("min_version", "cert and key beside it are expected");
  if (options_.tls && options_.relay.live.accept != relay::ProxyProtocol::off) {
    root_.section("live")
        .section("proxy_protocol")
        .complain("accept",
                  "off is expected beside tls: the PROXY header would come before the handshake, where it "
                  "is not looked for");
  }
}

void Reader::read_admin() {
  const Section admin = root_.section("admin");
  options_.ready_needs_app = admin.boolean("ready_needs_app");
  options_.admin_hosts = admin.texts("hosts");
  const auto text = admin.text("listen");
  if (text == "off") return;
  auto address = net::Address::parse_listen(*text);
  // What it shows is not for everybody: who wants it on every interface says so.
  if (address->kind == net::Address::Kind::tcp && address->host.empty()) address->host = "127.0.0.1";
  options_.admin.push_back(std::move(*address));
}

// A Bearer token (RFC 6750) is written into a header.
void Reader::take_token(std::string token, const std::function<void(std::string)>& complain) {
  const bool visible = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!visible) return complain("a token of letters, digits and marks is expected");
  if (token.size() < kTokenMin) {
    return complain(fmt::format("a token of at least {} characters is expected", kTokenMin));
  }
  options_.admin_token = std::move(token);
}

void Reader::read_token() {
  const auto variable = surroundings_.variable("UMBRA_ADMIN_TOKEN");
  if (variable && !variable->empty()) {
    return take_token(*variable, [&](std::string expected) {
      problems_.push_back({{Place::Source::variable, "UMBRA_ADMIN_TOKEN"}, "", "", std::move(expected)});
    });
  }
  const Section admin = root_.section("admin");
  const auto file = admin.text("token_file");
  if (!file) return;
  const auto complain = [&](std::string expected) { admin.complain("token_file", std::move(expected)); };
  const FileText text = surroundings_.file(*file);
  if (!text) return complain("a file that exists is expected");
  if (!*text) return complain(text->error().detail);
  std::string_view token = **text;
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.remove_suffix(1);
  take_token(std::string(trim_blanks(token)), complain);
}

void Reader::read_logs() {
  const std::string access_log = *root_.text("access_log");
  if (access_log != "off") options_.access_log = access_log;
  const Section log = root_.section("log");
  options_.log_level = chosen(kLevels, *log.text("level"));
  if (const auto source = log.text("source"); source != "off") options_.log_source = *source;
  options_.log_format =
      chosen(kFormats, log.text("format").value_or(surroundings_.stderr_is_terminal ? "text" : "logfmt"));
}

void Reader::read_mirror() {
  const Section given = root_.section("mirror");
  auto& mirror = options_.mirror;
  mirror.memory = *given.size("memory");
  mirror.connections = *given.number("connections");
  mirror.timeout = *given.duration("timeout");
  mirror.connect_timeout = *given.duration("connect_timeout");
  mirror.pipeline = static_cast<unsigned>(given.number("pipeline").value_or(0));
  const auto variable = surroundings_.variable("UMBRA_MIRROR");
  if (!variable || variable->empty() || variable == "on") return;
  if (variable != "off") {
    problems_.push_back(
        {{Place::Source::variable, "UMBRA_MIRROR"}, "", quoted(*variable), "on or off is expected"});
  }
  mirror.off = true;
}

void Reader::refuse_twice(const Section& shadow, const mirror::ShadowOptions& options) {
  const auto& shadows = options_.mirror.shadows;
  const bool taken = std::any_of(shadows.begin(), shadows.end(),
                                 [&](const auto& other) { return other.name == options.name; });
  if (!taken || options.url.empty()) return;  // without a URL there is a complaint already
  const bool by_flag = shadow.node("url")->place.source != Place::Source::file;
  shadow.complain(shadow.has("name") && !by_flag ? "name" : "url",
                  fmt::format("the name '{}' is given twice; a name of its own is expected, such as other={}",
                              options.name, options.url));
}

void Reader::read_shadows() {
  const auto sections = root_.sections("shadows");
  if (sections.size() > mirror::kShadowsMax) {
    return root_.complain("shadows", fmt::format("{} are given: at most {} shadows are expected",
                                                 sections.size(), mirror::kShadowsMax));
  }
  for (const Section& section : sections) {
    auto options = shadow_of(section);
    std::string expected;
    if (section.text("url") && loops(options.address, expected)) section.complain("url", expected);
    refuse_twice(section, options);
    options_.mirror.shadows.push_back(std::move(options));
  }
}

bool Reader::loops(const net::Address& target, std::string& expected) const {
  for (const net::Address& listen : options_.listen) {
    if (!would_reach(target, listen)) continue;
    expected = fmt::format("umbra itself listens there ({}); another address is expected", listen.text());
    return true;
  }
  return false;
}

void Reader::refuse_loops() {
  std::string expected;
  if (app_is_known_ && loops(options_.relay.app, expected)) {
    if (root_.has("app")) {
      root_.complain("app", expected);
    } else {
      problems_.push_back({{Place::Source::flag, "--app"}, "", quoted(options_.relay.app.text()), expected});
    }
  }
  for (const net::Address& admin : options_.admin) {
    const bool fixed = admin.port != 0 || !admin.path.empty();
    if (fixed && loops(admin, expected)) root_.section("admin").complain("listen", expected);
  }
}

void Reader::check_shadows() {
  const auto sections = root_.sections("shadows");
  for (size_t i = 0; i < sections.size(); ++i) {
    const auto sound = check_rules(options_.mirror.shadows[i].rules);
    if (!sound) sections[i].complain(sound.error().detail);
  }
}

}  // namespace

relay::LiveEdits live_edits_of(const Section& live) {
  relay::LiveEdits edits;
  edits.forwarded_append = live.text("forwarded") == "append";
  if (const auto name = live.text("request_id"); name != "off") edits.request_id = *name;
  const Section protocol = live.section("proxy_protocol");
  edits.accept = chosen(kProtocols, *protocol.text("accept"));
  edits.send = chosen(kProtocols, *protocol.text("send"));
  return edits;
}

ProxyOptions options_of(const Section& root, const Surroundings& surroundings, Problems& problems) {
  return Reader(root, surroundings, problems).read();
}

}  // namespace umbra::config
