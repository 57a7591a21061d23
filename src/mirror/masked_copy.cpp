#include "umbra/mirror/masked_copy.h"

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

MaskedCopy::MaskedCopy(std::weak_ptr<Shadow> shadow, std::shared_ptr<const rules::BodyMask> mask, size_t max,
                       const CopyHead& head, const rules::Draft& draft, const http::Head& received, bool safe)
    : shadow_(std::move(shadow)),
      mask_(std::move(mask)),
      max_(max),
      head_method_(received.method() == "HEAD"),
      safe_(safe),
      data_(received) {
  const auto alive = shadow_.lock();
  head_ = text_of(head, head.takes_host_line() ? alive->host_line() : "");
  readable_ = only_value(draft, "content-type", content_type_) &&
              only_value(draft, "content-encoding", content_encoding_);
  alive->begin_held();
  hold(*alive, head_.size() + sizeof *this);
}

MaskedCopy::~MaskedCopy() { drop(Drop::draining); }

bool MaskedCopy::hold(Shadow& shadow, size_t bytes) {
  const Drop why = shadow.hold(bytes);
  if (why == Drop::count) {
    held_ += bytes;
    return true;
  }
  drop(why);
  return false;
}

// Its memory goes back; what comes after is not its own any more.
std::shared_ptr<Shadow> MaskedCopy::let_go() {
  auto shadow = over_ ? nullptr : shadow_.lock();
  over_ = true;
  if (shadow) shadow->release(std::exchange(held_, 0));
  return shadow;
}

void MaskedCopy::drop(Drop why) {
  const auto shadow = let_go();
  body_ = {};
  if (shadow) shadow->drop_held(why);
}

void MaskedCopy::take(std::string_view wire, bool last, Nanos now) {
  if (over_) return;
  if (!readable_) return drop(Drop::unmaskable);
  const auto shadow = shadow_.lock();
  if (!shadow) return;
  while (!wire.empty()) {
    const std::string_view run = data_.next(wire);
    if (body_.size() + run.size() > max_) return drop(Drop::body_too_large);
    if (!hold(*shadow, run.size())) return;
    body_.append(run);
  }
  if (last) finish(now);
}

void MaskedCopy::finish(Nanos now) {
  auto masked = mask_->apply(body_, content_type_, content_encoding_, max_);
  using Outcome = rules::BodyMask::Outcome;
  if (masked.outcome == Outcome::cannot_read) return drop(Drop::unmaskable);
  if (masked.outcome == Outcome::too_large) return drop(Drop::body_too_large);
  const bool changed = masked.outcome == Outcome::masked;
  const std::string body = changed ? std::move(masked.body) : std::exchange(body_, {});
  if (!content_encoding_.empty() && !(changed && masked.unpacked)) {
    head_ += fmt::format("Content-Encoding: {}\r\n", content_encoding_);
  }
  head_ += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  if (const auto shadow = let_go()) {
    offered_ = shadow->offer_held(head_, body, now, head_method_, safe_);
  }
}

}  // namespace umbra::mirror
