#include "umbra/app/generate_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "umbra/app/version.h"
#include "umbra/base/text.h"
#include "umbra/config/shadow_flag.h"

namespace umbra::app {
namespace {

Error bad(std::string detail) { return {Errc::bad_config, std::move(detail)}; }

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != marks.npos;
  });
}

// RFC 9110, section 5.5: visible characters, blanks between, and what is not ASCII.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_target(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// Where the path, or the query of a URL without one, begins.
size_t end_of_authority(std::string_view url) {
  constexpr std::string_view unix_prefix = "unix:";
  if (url.starts_with(unix_prefix)) return std::min(url.find(":/", unix_prefix.size()), url.size());
  const size_t scheme = url.find("://");
  return std::min(url.find_first_of("/?#", scheme == url.npos ? 0 : scheme + 3), url.size());
}

std::string target_of(std::string_view rest) {
  rest = rest.substr(0, rest.find('#'));
  if (rest.starts_with(':')) rest.remove_prefix(1);  // of unix:PATH:/target
  return rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
}

// The fields in their order; what the user says of one takes its place.
class Fields {
 public:
  void set(std::string_view name, std::string_view value) {
    remove(name);
    all_.emplace_back(name, value);
  }
  // The user's takes the place of one that is there by itself, and stands beside the user's others.
  void add(std::string_view name, std::string_view value) {
    const bool again =
        std::any_of(said_.begin(), said_.end(), [&](const auto& s) { return same_ignoring_case(s, name); });
    if (!again) remove(name);
    said_.emplace_back(name);
    all_.emplace_back(name, value);
  }
  void remove(std::string_view name) {
    std::erase_if(all_, [&](const auto& field) { return same_ignoring_case(field.first, name); });
  }
  std::string text() const {
    std::string out;
    for (const auto& [name, value] : all_) out += fmt::format("{}: {}\r\n", name, value);
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
  std::vector<std::string> said_;  // names that the user has given
};

Result<void> take_header(Fields& fields, std::string_view header) {
  const size_t colon = header.find(':');
  const std::string_view name = header.substr(0, colon);
  if (colon == header.npos || !is_token(name)) {
    return bad(fmt::format("--header '{}': NAME: VALUE is expected", name));
  }
  std::string_view value = header.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  if (!is_value(value))
    return bad(fmt::format("--header '{}': a value without control bytes is expected", name));
  if (same_ignoring_case(name, "content-length") || same_ignoring_case(name, "transfer-encoding")) {
    return bad(fmt::format("--header '{}': the body's framing is made by umbra", name));
  }
  if (value.empty()) {
    fields.remove(name);
  } else {
    fields.add(name, value);
  }
  return {};
}

}  // namespace

Result<SpokenRequest> make_request(const RequestWords& words) {
  const std::string full = words.url.find("://") == words.url.npos && !words.url.starts_with("unix:")
                               ? "http://" + words.url
                               : words.url;
  const size_t end = end_of_authority(full);
  auto server = config::parse_shadow_url(full.substr(0, end));
  if (!server || server->raw) {
    return bad(fmt::format("'{}': {}", config::without_password(words.url),
                           server ? "a URL of http or https is expected" : server.error().detail));
  }
  SpokenRequest made;
  made.target = {server->address, server->tls};
  made.shown_url = server->url + full.substr(end, full.find('#', end) - end);
  made.method = !words.method.empty() ? words.method : words.body.empty() ? "GET" : "POST";
  if (!is_token(made.method))
    return bad(fmt::format("--method '{}': a method such as GET is expected", made.method));
  const std::string target = target_of(full.substr(end));
  if (!is_target(target))
    return bad(fmt::format("'{}': a URL without blanks is expected; they are %20", made.shown_url));
  Fields fields;
  fields.set("Host", server->authority);
  fields.set("User-Agent", fmt::format("umbra/{}", version()));
  fields.set("Accept", "*/*");
  if (!server->authorization.empty()) fields.set("Authorization", server->authorization);
  if (!words.body.empty()) fields.set("Content-Type", "application/octet-stream");
  for (const std::string& header : words.headers) {
    if (auto taken = take_header(fields, header); !taken) return taken.error();
  }
  const bool framed =
      !words.body.empty() || made.method == "POST" || made.method == "PUT" || made.method == "PATCH";
  if (framed) fields.set("Content-Length", std::to_string(words.body.size()));
  made.request.bytes =
      fmt::format("{} {} HTTP/1.1\r\n{}\r\n{}", made.method, target, fields.text(), words.body);
  made.request.head_method = made.method == "HEAD";
  return made;
}

}  // namespace umbra::app
