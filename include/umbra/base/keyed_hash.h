// HMAC-SHA-256, for values that must stay recognizable as equal and nothing else (masking), and for comparing
// secrets.
#pragma once

#include <string>
#include <string_view>

namespace umbra {

// The first 16 bytes of HMAC-SHA-256 (RFC 2104), in lower-case hex.
std::string keyed_hash(std::string_view key, std::string_view value);

// Whether two secrets are equal, in a time that does not depend on where they differ.
bool equal_secrets(std::string_view a, std::string_view b) noexcept;

}  // namespace umbra
