// Where an HTTP/1.1 message ends: a small reader of sound messages, independent of umbra's own, so that a
// test does not inherit what it is to find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace umbra::support {

enum class MessageKind : uint8_t {
  request,
  answer,          // interim ones that come before it included
  answer_to_head,  // the same, without a body
};

struct Extent {
  bool whole = false;  // false: more must come, or the connection's end is the message's
  size_t size = 0;
};

// The first message in `bytes`.
Extent first_message(std::string_view bytes, MessageKind kind);

// A field's value in the first head of `message`; empty: it is not there.
std::string field_of(std::string_view message, std::string_view name);
std::string method_of(std::string_view request);
std::string target_of(std::string_view request);
unsigned status_of(std::string_view answer);
// What follows the first head, as framed.
std::string_view body_of(std::string_view message);

}  // namespace umbra::support
