// The byte classes of RFC 9110 and the scanning that heads and trailers share.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "umbra/base/reason.h"

namespace umbra::http {

// tchar, RFC 9110 section 5.6.2.
inline constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<size_t>(c)] = true;
  return table;
}();

constexpr bool is_token_byte(char c) noexcept { return kTokenBytes[static_cast<unsigned char>(c)]; }

// The first byte at or after `from` that may not stand in a field value: a control byte other than HTAB,
// or DEL.  bytes.size() if there is none.
size_t find_control(std::string_view bytes, size_t from) noexcept;

// One field line at the front of `bytes`, which is neither empty nor a blank line.
struct FieldLine {
  enum class Verdict : unsigned char { complete, incomplete, fault };
  Verdict verdict = Verdict::incomplete;
  Opaque fault = Opaque::none;
  size_t name_size = 0;
  size_t value_begin = 0;
  size_t value_end = 0;
  size_t size = 0;  // with CR LF
};
FieldLine scan_field_line(std::string_view bytes) noexcept;

}  // namespace umbra::http
