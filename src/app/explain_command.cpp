#include "umbra/app/explain_command.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <utility>

#include "umbra/app/command_line.h"

namespace umbra::app {
namespace {

Error bad(std::string detail) { return {Errc::bad_config, std::move(detail)}; }

// A value of --shadow that is no URL and names no new shadow is one of the configuration's.
bool is_a_name(const std::string& value) {
  return value.find("://") == value.npos && value.find('=') == value.npos && !value.starts_with("unix:");
}

// Takes `--flag value` or `--flag=value` out of the arguments where `wanted` says so.
template <typename Wanted>
Result<std::string> take_value(std::vector<std::string>& arguments, const std::string& flag, Wanted wanted) {
  std::string taken;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool joined = arguments[i].starts_with(flag + "=");
    if (!joined && arguments[i] != flag) continue;
    if (!joined && i + 1 == arguments.size())
      return bad(fmt::format("{}: a value is expected behind it", flag));
    const std::string value = joined ? arguments[i].substr(flag.size() + 1) : arguments[i + 1];
    if (!wanted(value)) continue;
    if (!taken.empty()) return bad(fmt::format("{} is given twice: once is expected", flag));
    taken = value;
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    arguments.erase(at, at + (joined ? 1 : 2));
    --i;
  }
  return taken;
}

bool take_switch(std::vector<std::string>& arguments, std::string_view flag) {
  return std::erase(arguments, flag) > 0;
}

}  // namespace

Result<ExplainArguments> parse_explain_arguments(const std::vector<std::string>& arguments) {
  ExplainArguments parsed;
  std::vector<std::string> rest = arguments;
  const auto anything = [](const std::string&) { return true; };
  parsed.what.bytes = take_switch(rest, "--bytes");
  parsed.what.json = take_switch(rest, "--json");
  auto shadow = take_value(rest, "--shadow", is_a_name);
  if (!shadow) return shadow.error();
  auto request = take_value(rest, "--request", anything);
  if (!request) return request.error();
  auto client = take_value(rest, "--client", anything);
  if (!client) return client.error();
  auto proxy = parse_proxy_arguments(rest);
  if (!proxy) return proxy.error();
  parsed.help = proxy->help;
  parsed.what.shadow = std::move(*shadow);
  parsed.what.request = std::move(*request);
  if (!client->empty()) parsed.what.client = std::move(*client);
  parsed.flags = std::move(proxy->flags);
  // What the proxy cannot do without, and one request needs not.
  if (parsed.flags["listen"].empty()) parsed.flags["listen"] = {"127.0.0.1:0"};
  if (parsed.flags["app"].empty()) parsed.flags["app"] = {"127.0.0.1:1"};
  return parsed;
}

std::string explain_help() {
  return "umbra explain: reads one raw HTTP request and says for each shadow whether it gets a copy, what "
         "decided,\n"
         "and how the copy looks.  It decides with the proxy's own code.\n"
         "\n"
         "Usage: umbra explain [--shadow NAME] [--request FILE] [--client ADDR] [--bytes] [--json] [flags of "
         "umbra "
         "proxy]\n"
         "\n"
         "  --shadow NAME     only this shadow of the configuration (with a URL: one more shadow, as for the "
         "proxy)\n"
         "  --request FILE    the request, head and body; default: standard input\n"
         "  --client ADDR     the client's address, for rules that look at it; default 127.0.0.1\n"
         "  --bytes           print the exact copy\n"
         "  --json            for programs; the copy's bytes as hex\n"
         "\n"
         "  printf 'GET /a HTTP/1.1\\r\\nHost: shop\\r\\n\\r\\n' | umbra explain --config umbra.yaml "
         "--bytes\n"
         "\n"
         "A sample by chance is explained as if the request were in it, with its share beside.\n"
         "Exit status: 0, or 2 where the configuration or the request has a problem.\n";
}

Result<std::string> read_request_bytes(const std::string& file) {
  std::ifstream opened;
  const bool standard = file.empty() || file == "-";
  if (!standard) opened.open(file, std::ios::binary);
  std::istream& in = standard ? std::cin : opened;
  if (!in) return bad(fmt::format("--request '{}': a file that can be read is expected", file));
  std::string raw(kExplainedMax + 1, '\0');
  in.read(raw.data(), static_cast<std::streamsize>(raw.size()));
  // A directory opens, and fails here.
  if (in.bad()) return bad(fmt::format("--request '{}': a file that can be read is expected", file));
  raw.resize(static_cast<size_t>(in.gcount()));
  if (raw.size() > kExplainedMax) return bad("the request is larger than 16 MiB");
  return raw;
}

}  // namespace umbra::app
