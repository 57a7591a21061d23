// Framing: where a message's body ends, by RFC 9112 section 6.3, or why that is not certain.
#pragma once

#include <cstdint>

#include "umbra/http/head.h"

namespace umbra::http {

struct Framing {
  enum class Kind : uint8_t { none, length, chunked, until_close, tunnel };
  Kind kind = Kind::none;
  uint64_t length = 0;
  Opaque fault = Opaque::none;
};

// What a response answers, as far as its framing depends on it.
enum class AnswerTo : uint8_t { other, head, connect };

Framing request_framing(const Head& head);
Framing response_framing(const Head& head, AnswerTo request);

// Whether the sender keeps the connection after this message (RFC 9112, section 9.3).
bool keeps_alive(const Head& head);

}  // namespace umbra::http
