#include "umbra/app/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "umbra/base/text.h"
#include "umbra/http/message_reader.h"
#include "umbra/mirror/explanation.h"
#include "umbra/relay/options.h"
#include "umbra/relay/tap.h"

namespace umbra::app {
namespace {

using mirror::Explanation;
using Fate = mirror::Preparation::Fate;

// One whole request, as the observer of a connection would see it.
struct ReadRequest {
  http::Head head;
  std::string head_bytes;
  std::string body;
  size_t left_over = 0;
};

// Where an editor or echo has left the CRs out.
bool add_missing_crs(std::string& raw) {
  const size_t end = raw.find("\n\n");
  if (raw.find('\r') < std::min(end, raw.size()) || raw.find('\n') == raw.npos) return false;
  std::string whole;
  const size_t head_end = end == raw.npos ? raw.size() : end + 2;
  for (const char c : std::string_view(raw).substr(0, head_end)) {
    if (c == '\n') whole += '\r';
    whole += c;
  }
  if (end == raw.npos) whole += "\r\n";
  raw = whole + raw.substr(head_end);
  return true;
}

Error bad(std::string detail) { return {Errc::bad_message, std::move(detail)}; }

Result<void> read_request(std::string_view raw, ReadRequest& into) {
  http::MessageReader reader(http::Side::request, relay::kHeadMax);
  http::Head scratch;
  for (bool last = false; !last;) {
    const http::Event event = reader.next(raw, scratch);
    switch (event.kind) {
      case http::Event::Kind::head:
        into.head_bytes = scratch.raw();
        break;
      case http::Event::Kind::body:
        into.body += event.bytes;
        break;
      case http::Event::Kind::more:
        return bad(into.head_bytes.empty() ? "the head does not end: an empty line is expected behind it"
                                           : "the body is shorter than its framing says");
      case http::Event::Kind::tunnel:
      case http::Event::Kind::fault:
        return bad(
            fmt::format("no request that umbra would copy ({}): its connection would be relayed on without "
                        "being followed",
                        name_of(event.fault)));
    }
    last = event.last;
  }
  into.left_over = raw.size();
  Opaque reason = Opaque::none;
  into.head.parse(http::Side::request, into.head_bytes, reason);
  return {};
}

std::string_view fate_word(const Explanation& explanation) {
  switch (explanation.fate) {
    case Fate::copy:
      return "copied";
    case Fate::filtered:
      return "filtered";
    case Fate::sampled_out:
      return "sampled_out";
    case Fate::dropped:
      break;
  }
  return "dropped";
}

nlohmann::json as_json(const mirror::ShadowOptions& shadow, const Explanation& explanation, bool bytes) {
  nlohmann::json one{{"shadow", shadow.name},
                     {"url", shadow.url},
                     {"outcome", fate_word(explanation)},
                     {"why", explanation.why}};
  if (explanation.fate == Fate::dropped) one["reason"] = name_of(explanation.drop);
  if (bytes && explanation.fate == Fate::copy) {
    std::string hex;
    for (const char c : explanation.bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    one["bytes_hex"] = hex;
  }
  return one;
}

std::string as_text(const mirror::ShadowOptions& shadow, const Explanation& explanation, bool bytes) {
  std::string text = fmt::format("{} ({}): {}", shadow.name, shadow.url, fate_word(explanation));
  if (explanation.fate == Fate::dropped) text += fmt::format(" ({})", name_of(explanation.drop));
  text += fmt::format("\n  {}\n", explanation.why);
  if (bytes && explanation.fate == Fate::copy) {
    text += fmt::format("  {} bytes:\n{}\n", explanation.bytes.size(), explanation.bytes);
  }
  return text;
}

}  // namespace

Result<std::string> explain(const std::vector<mirror::ShadowOptions>& shadows, std::string raw,
                            const ExplainFlags& flags) {
  const bool crs_added = add_missing_crs(raw);
  ReadRequest request;
  if (auto read = read_request(raw, request); !read) return read.error();
  nlohmann::json all = nlohmann::json::array();
  std::string text;
  if (crs_added) text += "note: the head's lines end with LF; they are read as CR LF\n";
  if (request.left_over > 0) {
    text += fmt::format("note: {} bytes behind the request are not looked at\n", request.left_over);
  }
  bool found = flags.shadow.empty();
  for (const mirror::ShadowOptions& shadow : shadows) {
    if (!flags.shadow.empty() && shadow.name != flags.shadow) continue;
    found = true;
    const Explanation one =
        shadow.raw
            ? Explanation{Fate::copy, Drop::count, "a tcp shadow gets every byte of the connection", raw}
            : mirror::explain(shadow,
                              {request.head, relay::kind_of(request.head), request.body, flags.client, 0});
    all.push_back(as_json(shadow, one, flags.bytes));
    text += as_text(shadow, one, flags.bytes);
  }
  if (!found) return bad(fmt::format("--shadow '{}': the name of a shadow is expected", flags.shadow));
  if (!flags.json) return text.empty() ? std::string("there are no shadows\n") : text;
  return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace umbra::app
