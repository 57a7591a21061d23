#include "umbra/http/framing.h"

#include <array>

#include "umbra/base/text.h"

namespace umbra::http {
namespace {

Framing fault(Opaque reason) { return {Framing::Kind::none, 0, reason}; }

// uri-host [":" port], RFC 9110 section 7.2: enough of it to tell two readings apart.
constexpr std::array<bool, 256> kHostBytes = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0x21; c < 0x7f; ++c) table[c] = true;
  for (const char c : std::string_view(",/?#@\\\"<>{}|^`")) table[static_cast<unsigned char>(c)] = false;
  return table;
}();

bool is_host(std::string_view value) {
  for (const char c : value) {
    if (!kHostBytes[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

// The declared framing of either side; kind none means that the head says nothing.
Framing declared(const Head& head) {
  if (head.has(Name::transfer_encoding)) {
    if (head.has(Name::content_length) || head.has_twice(Name::transfer_encoding)) {
      return fault(Opaque::two_framings);
    }
    // A coding before chunked would pass the app's own decoder and not the shadow's: only the plain one.
    if (head.minor_version() == 0 ||
        !equals_ignoring_case(head.field(Name::transfer_encoding).value, "chunked")) {
      return fault(Opaque::bad_coding);
    }
    return {Framing::Kind::chunked, 0, Opaque::none};
  }
  if (!head.has(Name::content_length)) return {};
  if (head.has_twice(Name::content_length)) return fault(Opaque::two_framings);
  const std::string_view digits = head.field(Name::content_length).value;
  uint64_t length = 0;
  if (digits.empty() || digits.size() > 18) return fault(Opaque::bad_length);  // 19 digits may overflow
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return fault(Opaque::bad_length);
    length = length * 10 + static_cast<uint64_t>(digit - '0');
  }
  return {Framing::Kind::length, length, Opaque::none};
}

}  // namespace

Framing request_framing(const Head& head) {
  if (head.has_twice(Name::host) || (head.minor_version() == 1 && !head.has(Name::host))) {
    return fault(Opaque::bad_host);
  }
  if (head.has(Name::host) && !is_host(head.field(Name::host).value)) return fault(Opaque::bad_host);
  return declared(head);
}

Framing response_framing(const Head& head, AnswerTo request) {
  const unsigned status = head.status();
  if (status == 101 || (request == AnswerTo::connect && status >= 200 && status < 300)) {
    return {Framing::Kind::tunnel, 0, Opaque::none};
  }
  const Framing framing = declared(head);
  if (framing.fault != Opaque::none) return framing;
  if (request == AnswerTo::head || status < 200 || status == 204 || status == 304) return {};
  if (framing.kind == Framing::Kind::none) return {Framing::Kind::until_close, 0, Opaque::none};
  return framing;
}

bool keeps_alive(const Head& head) {
  if (!head.has(Name::connection)) return head.minor_version() == 1;
  if (head.lists(Name::connection, "close")) return false;
  return head.minor_version() == 1 || head.lists(Name::connection, "keep-alive");
}

}  // namespace umbra::http
