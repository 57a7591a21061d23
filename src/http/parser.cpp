#include "umbra/http/parser.h"

#include <llhttp.h>

namespace umbra::http {
namespace {

struct HeadReading {
  llhttp_t parser{};
  bool complete = false;
};

// Callbacks only record (and pause, so that the end's place is known).
const llhttp_settings_t& head_settings() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_headers_complete = [](llhttp_t* parser) {
      static_cast<HeadReading*>(parser->data)->complete = true;
      return static_cast<int>(HPE_PAUSED);
    };
    return s;
  }();
  return settings;
}

const llhttp_settings_t& chunked_settings() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_message_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
    return s;
  }();
  return settings;
}

// llhttp knows a fixed list of methods.  An unknown one is a token all the same, and passes; the rest of
// its head is checked behind a method that llhttp knows.
bool llhttp_knows(std::string_view method) {
  for (const std::string_view known :
       {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT"}) {
    if (method == known) return true;
  }
  return false;
}

}  // namespace

bool llhttp_agrees(Side side, const Head& head, const Framing& framing) {
  HeadReading reading;
  llhttp_t& parser = reading.parser;
  llhttp_init(&parser, side == Side::request ? HTTP_REQUEST : HTTP_RESPONSE, &head_settings());
  parser.data = &reading;
  std::string_view rest = head.raw();
  if (side == Side::request && !llhttp_knows(head.method())) {
    if (llhttp_execute(&parser, "POST", 4) != HPE_OK) return false;
    rest.remove_prefix(head.method().size());
  }
  const llhttp_errno_t error = llhttp_execute(&parser, rest.data(), rest.size());
  if (error != HPE_PAUSED || !reading.complete) return false;
  if (llhttp_get_error_pos(&parser) != rest.data() + rest.size()) return false;
  if (parser.http_major != 1 || parser.http_minor != head.minor_version()) return false;
  if (side == Side::response && parser.status_code != head.status()) return false;
  const bool chunked = (parser.flags & F_CHUNKED) != 0;
  const bool length = (parser.flags & F_CONTENT_LENGTH) != 0;
  // The framing of a bodiless answer is not what its fields say.
  if (framing.kind == Framing::Kind::none && side == Side::response) return true;
  if (framing.kind == Framing::Kind::tunnel) return true;
  if (chunked != (framing.kind == Framing::Kind::chunked)) return false;
  if (length != (framing.kind == Framing::Kind::length)) return false;
  return !length || parser.content_length == framing.length;
}

struct ChunkedCheck::State {
  llhttp_t parser{};
};

ChunkedCheck::ChunkedCheck() : state_(std::make_unique<State>()) {
  constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  llhttp_init(&state_->parser, HTTP_REQUEST, &chunked_settings());
  llhttp_execute(&state_->parser, head.data(), head.size());
}

ChunkedCheck::~ChunkedCheck() = default;

bool ChunkedCheck::agrees(std::string_view bytes, bool last) {
  const llhttp_errno_t error = llhttp_execute(&state_->parser, bytes.data(), bytes.size());
  if (!last) return error == HPE_OK;
  return error == HPE_PAUSED && llhttp_get_error_pos(&state_->parser) == bytes.data() + bytes.size();
}

}  // namespace umbra::http
