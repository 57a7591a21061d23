#include "umbra/http/lexis.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace umbra::http {
namespace {

constexpr bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

}  // namespace

size_t find_control(std::string_view bytes, size_t from) noexcept {
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

FieldLine scan_field_line(std::string_view bytes) noexcept {
  FieldLine line;
  const auto fault = [&line](Opaque reason) {
    line.verdict = FieldLine::Verdict::fault;
    line.fault = reason;
    return line;
  };
  if (bytes[0] == ' ' || bytes[0] == '\t') return fault(Opaque::folded_field);
  size_t i = 0;
  while (i < bytes.size() && is_token_byte(bytes[i])) ++i;
  if (i == bytes.size()) return line;
  if (bytes[i] == '\n') return fault(Opaque::bare_line_end);
  if (bytes[i] != ':' || i == 0) return fault(Opaque::bad_field);
  line.name_size = i++;
  while (i < bytes.size() && (bytes[i] == ' ' || bytes[i] == '\t')) ++i;
  line.value_begin = i;
  i = find_control(bytes, i);
  if (i == bytes.size()) return line;
  if (bytes[i] == '\n') return fault(Opaque::bare_line_end);
  if (bytes[i] != '\r') return fault(Opaque::bad_field);
  if (i + 1 == bytes.size()) return line;
  if (bytes[i + 1] != '\n') return fault(Opaque::bare_line_end);
  line.size = i + 2;
  while (i > line.value_begin && (bytes[i - 1] == ' ' || bytes[i - 1] == '\t')) --i;
  line.value_end = i;
  line.verdict = FieldLine::Verdict::complete;
  return line;
}

}  // namespace umbra::http
