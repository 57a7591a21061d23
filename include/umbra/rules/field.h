// What may stand in the parts of a request's head that rules write.
#pragma once

#include <string_view>

namespace umbra::rules {

// In any case, both of them.

bool is_field_name(std::string_view name) noexcept;
bool is_field_value(std::string_view value) noexcept;
// Nothing in it ends the request line, and every server reads it: VCHAR (RFC 9112, section 3.2).
bool is_target(std::string_view target) noexcept;

// Fields whose meaning is the connection's or the message's framing: no rule may write them.
bool frames_message(std::string_view name) noexcept;

}  // namespace umbra::rules
