#include "umbra/http/chunked.h"

#include <algorithm>

#include "umbra/base/text.h"
#include "umbra/http/lexis.h"

namespace umbra::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkedReader::Taken ChunkedReader::read(std::string_view bytes) {
  size_t i = 0;
  while (i < bytes.size() && state_ != State::done) {
    if (state_ == State::data) {
      const size_t part = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - i));
      left_ -= part;
      i += part;
      if (left_ == 0) state_ = State::data_cr;
    } else if (!step(bytes[i++])) {
      if (fault_ == Opaque::none) fault_ = Opaque::bad_chunk;
      return {0, false, fault_};
    }
  }
  const bool last = state_ == State::done;
  // llhttp may see a fault some bytes before the strict check does.  The verdict waits for the strict one, or
  // for the end, so that it does not depend on how the bytes were cut.
  agreed_ = agreed_ && second_.agrees(bytes.substr(0, i), last);
  if (last && !agreed_) return {0, false, Opaque::parsers_disagree};
  return {i, last, Opaque::none};
}

bool ChunkedReader::step(char c) {
  switch (state_) {
    case State::size_first:
    case State::size: {
      const int value = hex_value(c);
      if (value >= 0) {
        if (++digits_ > 15) return false;
        left_ = left_ * 16 + static_cast<uint64_t>(value);
        state_ = State::size;
        return true;
      }
      if (state_ == State::size_first) return false;
      if (c == '\r') state_ = State::size_lf;
      if (c == ';') state_ = State::extension;
      return c == '\r' || c == ';';
    }
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return true;
      }
      return (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) &&
             ++extension_bytes_ <= kExtensionsMax;
    case State::size_lf:
      if (c != '\n') return false;
      state_ = left_ == 0 ? State::trailers : State::data;
      extension_bytes_ = 0;
      digits_ = 0;
      return true;
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r';
    case State::data_lf:
      state_ = State::size_first;
      return c == '\n';
    case State::trailers:
      line_ += c;
      if (++trailer_bytes_ > kTrailersMax) return false;
      return c != '\n' || end_trailer_line();
    case State::data:
    case State::done:
      break;
  }
  return false;
}

bool ChunkedReader::end_trailer_line() {
  if (line_ == "\r\n") {
    state_ = State::done;
    return true;
  }
  const FieldLine line = scan_field_line(line_);
  if (line.verdict != FieldLine::Verdict::complete || line.size != line_.size()) {
    fault_ = line.fault == Opaque::none ? Opaque::bare_line_end : line.fault;
    return false;
  }
  // Framing and routing fields have no business here (RFC 9110, section 6.5.1).
  const std::string_view name = std::string_view(line_).substr(0, line.name_size);
  for (const std::string_view barred : {"content-length", "transfer-encoding", "host"}) {
    if (equals_ignoring_case(name, barred)) return false;
  }
  line_.clear();
  return true;
}

}  // namespace umbra::http
