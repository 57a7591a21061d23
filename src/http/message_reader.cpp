#include "umbra/http/message_reader.h"

#include <algorithm>
#include <utility>

namespace umbra::http {
namespace {

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n";  // its first line, RFC 9113 section 3.4

bool begins_as(std::string_view bytes, std::string_view whole) {
  const size_t size = std::min(bytes.size(), whole.size());
  return bytes.substr(0, size) == whole.substr(0, size);
}

// What the first bytes of a message already rule out, however few they are.
Opaque rule_out(Side side, std::string_view bytes) {
  if (side == Side::response) return begins_as(bytes, "HTTP/") ? Opaque::none : Opaque::bad_start_line;
  if (bytes[0] == 0x16) return Opaque::tls;  // a TLS record of the handshake, RFC 8446 section 5.1
  if (bytes.starts_with(kHttp2Preface)) return Opaque::http2;
  const auto byte = static_cast<unsigned char>(bytes[0]);
  return byte > ' ' && byte < 0x7f ? Opaque::none : Opaque::bad_start_line;
}

// A head of nothing but the strict grammar's lines that declares no body, no coding and no switch has one
// reading; llhttp would cost it more than all else that umbra does for an exchange (2,900 instructions).
// That the two parsers agree there too is what the fuzzers assert for every head.
bool wants_second_opinion(Side side, const Head& head, const Framing& framing) {
  if (framing.kind == Framing::Kind::chunked || framing.kind == Framing::Kind::tunnel) return true;
  if (head.has(Name::upgrade) || head.has(Name::transfer_encoding)) return true;
  if (side == Side::request && head.target().front() != '/') return true;
  return side == Side::request && (framing.kind == Framing::Kind::length || head.method() == "CONNECT");
}

}  // namespace

Event MessageReader::fault(Opaque reason) {
  state_ = State::spent;
  chunked_.reset();
  return {.kind = Event::Kind::fault, .fault = reason};
}

Event MessageReader::next(std::string_view& input, Head& head, AnswerTo request) {
  if (state_ == State::start) forget_head();
  if (input.empty() || state_ == State::spent) return {};
  saw_bytes_ = true;
  return state_ == State::start ? read_head(input, head, request) : read_body(input);
}

void MessageReader::forget_head() noexcept {
  if (!std::exchange(head_given_, false)) return;
  std::string().swap(stash_);
  searched_ = 0;
}

// RFC 9112 section 2.2: empty lines before a request line are ignored.
bool MessageReader::skip_empty_lines(std::string_view& input) {
  if (side_ == Side::response) return true;
  while (!input.empty() && (half_empty_line_ || input[0] == '\r')) {
    if (half_empty_line_ && input[0] != '\n') return false;
    if (half_empty_line_ && ++empty_lines_ > kEmptyLinesMax) return false;
    half_empty_line_ = !half_empty_line_;
    input.remove_prefix(1);
  }
  return true;
}

Event MessageReader::read_head(std::string_view& input, Head& head, AnswerTo request) {
  if (!stash_.empty()) return stash(input, head, request);
  if (!skip_empty_lines(input)) return fault(Opaque::bare_line_end);
  if (input.empty()) return {};
  // The common case: the whole head is here.  A fault in a part of a head must wait for its end (or for
  // a line end that settles it), so that the verdict does not depend on the cut.
  Opaque reason = Opaque::none;
  if (head.parse(side_, input, reason) == Head::Verdict::complete && head.raw().size() <= head_max_) {
    const std::string_view raw = head.raw();
    input.remove_prefix(raw.size());
    return take_head({}, head, request);
  }
  return stash(input, head, request);
}

// Collects a head byte by byte as it were: each line end is judged when it comes.
Event MessageReader::stash(std::string_view& input, Head& head, AnswerTo request) {
  while (!input.empty()) {
    const size_t newline = input.find('\n');
    const size_t take = newline == input.npos ? input.size() : newline + 1;
    const size_t room = head_max_ - std::min(head_max_, stash_.size());
    stash_.append(input.substr(0, std::min(take, room)));
    input.remove_prefix(take);
    if (const Opaque reason = rule_out(side_, stash_); reason != Opaque::none) return fault(reason);
    if (take > room) return fault(Opaque::head_too_large);
    if (newline == input.npos) return {};
    if (stash_.size() < 2 || stash_[stash_.size() - 2] != '\r') return fault(Opaque::bare_line_end);
    const bool first_line = std::exchange(searched_, stash_.size()) == 0;
    const bool end = stash_.ends_with("\r\n\r\n");
    if (!first_line && !end) continue;
    Opaque reason = Opaque::none;
    const auto verdict = head.parse(side_, stash_, reason);
    if (verdict == Head::Verdict::fault) return fault(reason);
    if (!end) continue;
    if (verdict != Head::Verdict::complete) return fault(Opaque::bare_line_end);
    return take_head(stash_, head, request);
  }
  return {};
}

Event MessageReader::take_head(std::string_view stashed, Head& head, AnswerTo request) {
  head_given_ = !stashed.empty();
  empty_lines_ = 0;
  const Framing framing = side_ == Side::request ? request_framing(head) : response_framing(head, request);
  if (framing.fault != Opaque::none) return fault(framing.fault);
  if (wants_second_opinion(side_, head, framing) && !llhttp_agrees(side_, head, framing)) {
    return fault(Opaque::parsers_disagree);
  }
  Event event{.kind = Event::Kind::head};
  switch (framing.kind) {
    case Framing::Kind::none:
      event.last = true;
      break;
    case Framing::Kind::length:
      event.last = framing.length == 0;
      left_ = framing.length;
      if (left_ > 0) state_ = State::length;
      break;
    case Framing::Kind::chunked:
      chunked_ = std::make_unique<ChunkedReader>();
      state_ = State::chunked;
      break;
    case Framing::Kind::until_close:
      event.until_close = true;
      state_ = State::until_close;
      break;
    case Framing::Kind::tunnel:
      event.kind = Event::Kind::tunnel;
      state_ = State::spent;
      break;
  }
  return event;
}

Event MessageReader::read_body(std::string_view& input) {
  Event event{.kind = Event::Kind::body};
  size_t size = input.size();
  if (state_ == State::length) {
    size = static_cast<size_t>(std::min<uint64_t>(left_, size));
    left_ -= size;
    event.last = left_ == 0;
  } else if (state_ == State::chunked) {
    const auto taken = chunked_->read(input);
    if (taken.fault != Opaque::none) return fault(taken.fault);
    size = taken.size;
    event.last = taken.last;
    if (taken.last) chunked_.reset();
  }
  if (event.last) state_ = State::start;
  event.bytes = input.substr(0, size);
  input.remove_prefix(size);
  return event;
}

bool MessageReader::may_end() const noexcept {
  return state_ == State::until_close || state_ == State::spent || between_messages();
}

}  // namespace umbra::http
