// The byte classes of RFC 9110 and the scanning that heads and trailers share.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr bool is_token_byte(char c) noexcept { return kTokenBytes[static_cast<unsigned char>(c)]; }

constexpr bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

// The first byte at or after `from` that may not stand in a field value: a control byte other than HTAB,
// or DEL.  bytes.size() if there is none.
inline size_t find_control(std::string_view bytes, size_t from) noexcept {
  size_t i = from;
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; i + 16 <= bytes.size(); i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + i));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i controls =
        _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), low), _mm_cmpeq_epi8(block, del));
    if (const int mask = _mm_movemask_epi8(controls); mask != 0) {
      return i + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    }
  }
#endif
  while (i < bytes.size() && !is_control(bytes[i])) ++i;
  return i;
}

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
// Inline, as find_control is: the two are the largest part of what an exchange costs outside the kernel.
inline FieldLine scan_field_line(std::string_view bytes) noexcept {
  FieldLine line;
  const auto fault = [&line](Opaque reason) {
    line.verdict = FieldLine::Verdict::fault;
    line.fault = reason;
    return line;
  };
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* p = begin;
  while (end - p >= 4 && is_token_byte(p[0]) && is_token_byte(p[1]) && is_token_byte(p[2]) &&
         is_token_byte(p[3])) {
    p += 4;
  }
  while (p != end && is_token_byte(*p)) ++p;
  if (p == end) return line;
  if (*p != ':' || p == begin) {
    if (p == begin && (*p == ' ' || *p == '\t')) return fault(Opaque::folded_field);
    return fault(*p == '\n' ? Opaque::bare_line_end : Opaque::bad_field);
  }
  line.name_size = static_cast<size_t>(p++ - begin);
  while (p != end && (*p == ' ' || *p == '\t')) ++p;
  line.value_begin = static_cast<size_t>(p - begin);
  size_t i = find_control(bytes, line.value_begin);
  if (i == bytes.size()) return line;
  if (begin[i] != '\r') return fault(begin[i] == '\n' ? Opaque::bare_line_end : Opaque::bad_field);
  if (i + 1 == bytes.size()) return line;
  if (begin[i + 1] != '\n') return fault(Opaque::bare_line_end);
  line.size = i + 2;
  while (i > line.value_begin && (begin[i - 1] == ' ' || begin[i - 1] == '\t')) --i;
  line.value_end = i;
  line.verdict = FieldLine::Verdict::complete;
  return line;
}

}  // namespace umbra::http
