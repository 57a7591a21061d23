#include "support/http_bytes.h"

#include <charconv>

#include "umbra/base/text.h"

namespace umbra::support {
namespace {

constexpr auto npos = std::string_view::npos;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

// The `index`th word of the first line.
std::string word(std::string_view message, size_t index) {
  std::string_view line = message.substr(0, message.find("\r\n"));
  for (; index > 0; --index) line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
  return std::string(line.substr(0, line.find(' ')));
}

Extent chunked_body(std::string_view bytes, size_t begin) {
  size_t at = begin;
  for (;;) {
    const size_t line_end = bytes.find("\r\n", at);
    if (line_end == npos) return {};
    size_t size = 0;
    std::from_chars(bytes.data() + at, bytes.data() + line_end, size, 16);
    at = line_end + 2;
    if (size == 0) break;
    at += size + 2;
    if (at > bytes.size()) return {};
  }
  // The trailers, and the empty line behind them.
  for (;;) {
    const size_t line_end = bytes.find("\r\n", at);
    if (line_end == npos) return {};
    const bool empty = line_end == at;
    at = line_end + 2;
    if (empty) return {true, at};
  }
}

Extent with_body(std::string_view bytes, size_t head, bool request) {
  const std::string_view message = bytes.substr(0, head);
  if (lower(field_of(message, "transfer-encoding")) == "chunked") return chunked_body(bytes, head);
  const std::string length = field_of(message, "content-length");
  if (length.empty()) return {request, head};
  size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  return {bytes.size() - head >= size, head + size};
}

Extent answer(std::string_view bytes, bool to_head) {
  size_t begin = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(begin);
    const size_t end = rest.find("\r\n\r\n");
    if (end == npos) return {};
    const unsigned status = status_of(rest);
    const size_t head = end + 4;
    if (status >= 100 && status < 200 && status != 101) {
      begin += head;
      continue;
    }
    if (to_head || status == 101 || status == 204 || status == 304) return {true, begin + head};
    const Extent whole = with_body(rest, head, false);
    return {whole.whole, begin + whole.size};
  }
}

}  // namespace

Extent first_message(std::string_view bytes, MessageKind kind) {
  if (kind != MessageKind::request) return answer(bytes, kind == MessageKind::answer_to_head);
  const size_t end = bytes.find("\r\n\r\n");
  return end == npos ? Extent{} : with_body(bytes, end + 4, true);
}

std::string field_of(std::string_view message, std::string_view name) {
  const std::string_view head = message.substr(0, message.find("\r\n\r\n"));
  const std::string wanted = lower(name);
  size_t line_end = head.find("\r\n");
  while (line_end != npos) {
    const std::string_view rest = head.substr(line_end + 2);
    line_end = head.find("\r\n", line_end + 2);
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    const size_t colon = line.find(':');
    if (colon == npos || lower(line.substr(0, colon)) != wanted) continue;
    return std::string(trim_blanks(line.substr(colon + 1)));
  }
  return "";
}

std::string method_of(std::string_view request) { return word(request, 0); }

std::string target_of(std::string_view request) { return word(request, 1); }

unsigned status_of(std::string_view answer) {
  const std::string text = word(answer, 1);
  unsigned status = 0;
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status;
}

std::string_view body_of(std::string_view message) {
  const size_t end = message.find("\r\n\r\n");
  return end == npos ? std::string_view() : message.substr(end + 4);
}

}  // namespace umbra::support
