#include "umbra/mirror/masked_copy.h"

#include <utility>

namespace umbra::mirror {

MaskedCopy::MaskedCopy(const std::shared_ptr<Shadow>& shadow, MaskedMessage message, bool head_method,
                       bool safe)
    : shadow_(shadow), message_(std::move(message)), head_method_(head_method), safe_(safe) {
  shadow->begin_held();
  hold(*shadow);
}

MaskedCopy::~MaskedCopy() { drop(Drop::draining); }

bool MaskedCopy::hold(Shadow& shadow) {
  const size_t more = sizeof *this + message_.held_bytes() - held_;
  const Drop why = shadow.hold(more);
  if (why == Drop::count) {
    held_ += more;
    return true;
  }
  drop(why);
  return false;
}

// Its memory goes back; what comes after is not its own any more.
std::shared_ptr<Shadow> MaskedCopy::let_go() {
  auto shadow = std::exchange(over_, true) ? nullptr : shadow_.lock();
  if (shadow) shadow->release(std::exchange(held_, 0));
  return shadow;
}

void MaskedCopy::drop(Drop why) {
  if (const auto shadow = let_go()) shadow->drop_held(why);
}

void MaskedCopy::take(std::string_view wire, bool last, Nanos now) {
  const auto shadow = over_ ? nullptr : shadow_.lock();
  if (!shadow) return;
  if (const Drop why = message_.take(wire); why != Drop::count) return drop(why);
  if (!hold(*shadow) || !last) return;
  if (const Drop why = message_.finish(); why != Drop::count) return drop(why);
  let_go();
  offered_ = shadow->offer_held(message_.head(), message_.body(), now, head_method_, safe_);
}

}  // namespace umbra::mirror
