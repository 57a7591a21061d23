#include "umbra/mirror/masked_message.h"

#include <fmt/format.h>

#include <utility>

#include "umbra/base/text.h"

namespace umbra::mirror {
namespace {

// The value of a field that may stand once at most; what two of them mean nobody knows.
bool only_value(const rules::Draft& draft, std::string_view lower_name, std::string& value) {
  size_t lines = 0;
  draft.each_field([&](std::string_view name, std::string_view field_value) {
    if (!equals_ignoring_case(name, lower_name)) return true;
    value = field_value;
    return ++lines < 2;
  });
  return lines < 2;
}

std::string text_of(const CopyHead& head, std::string_view host_line) {
  Chunk chunk = Chunk::with_room(head.size(host_line, ""));
  head.write(chunk, host_line, "");
  std::string text(chunk.view());
  text.resize(text.size() - 2);  // the empty line
  return text;
}

}  // namespace

bool MaskedMessage::needed(const rules::BodyMask& mask, const rules::Draft& draft) {
  std::string type;
  return !only_value(draft, "content-type", type) || mask.concerns(type);
}

MaskedMessage::MaskedMessage(std::shared_ptr<const rules::BodyMask> mask, size_t max, const CopyHead& head,
                             std::string_view host_line, const rules::Draft& draft,
                             const http::Head& received)
    : mask_(std::move(mask)),
      max_(max),
      head_(text_of(head, head.takes_host_line() ? host_line : "")),
      readable_(only_value(draft, "content-type", content_type_) &&
                only_value(draft, "content-encoding", content_encoding_)),
      data_(received) {}

Drop MaskedMessage::take(std::string_view wire) {
  if (!readable_) return Drop::unmaskable;
  while (!wire.empty()) {
    const std::string_view run = data_.next(wire);
    if (body_.size() + run.size() > max_) return Drop::body_too_large;
    body_.append(run);
  }
  return Drop::count;
}

Drop MaskedMessage::finish() {
  using Outcome = rules::BodyMask::Outcome;
  auto masked = mask_->apply(body_, content_type_, content_encoding_, max_);
  if (masked.outcome == Outcome::cannot_read) return Drop::unmaskable;
  if (masked.outcome == Outcome::too_large) return Drop::body_too_large;
  const bool changed = masked.outcome == Outcome::masked;
  if (changed) body_ = std::move(masked.body);
  if (!content_encoding_.empty() && !(changed && masked.unpacked)) {
    head_ += fmt::format("Content-Encoding: {}\r\n", content_encoding_);
  }
  head_ += fmt::format("Content-Length: {}\r\n\r\n", body_.size());
  return Drop::count;
}

}  // namespace umbra::mirror
