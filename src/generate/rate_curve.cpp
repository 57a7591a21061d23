#include "umbra/generate/rate_curve.h"

#include <algorithm>
#include <cmath>

namespace umbra::generate {
namespace {

// A whole number that was computed by way of a division may come out a little larger: by less than this.
long double rounding_of(long double count) { return 0.5e-9L + count * 0x1p-60L; }

long double per_nanosecond(Rate rate) {
  return static_cast<long double>(rate.count) / static_cast<long double>(rate.unit);
}

}  // namespace

void RateCurve::add(Nanos length, Rate from, Rate to) {
  if (length == 0) return;
  Piece piece{this->length(), length, per_nanosecond(from), per_nanosecond(to), 0};
  if (!pieces_.empty()) {
    const Piece& last = pieces_.back();
    piece.before = last.before + count_in(last, static_cast<long double>(last.length));
  }
  pieces_.push_back(piece);
}

long double RateCurve::count_in(const Piece& piece, long double elapsed) {
  const long double growth = (piece.to - piece.from) / static_cast<long double>(piece.length);
  return piece.from * elapsed + growth * elapsed * elapsed / 2;
}

long double RateCurve::count_at(Nanos time) const {
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
    if (time < piece->begins) continue;
    return piece->before +
           count_in(*piece, static_cast<long double>(std::min(time - piece->begins, piece->length)));
  }
  return 0;
}

// With r the rate at a piece's beginning and g its growth, r t + g t^2 / 2 = c has the root 2 c / (r +
// sqrt(r^2 + 2 g c)), which loses no digits where g is small, and is c / r where it is nothing.
Nanos RateCurve::time_of(long double count) const {
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), count,
                                      [](long double c, const Piece& piece) { return c < piece.before; });
  if (after == pieces_.begin()) return kNever;
  const Piece& piece = *(after - 1);
  const long double within = count - piece.before;
  const long double growth = (piece.to - piece.from) / static_cast<long double>(piece.length);
  const long double under_root = piece.from * piece.from + 2 * growth * within;
  if (under_root < 0) return kNever;
  const long double divisor = piece.from + std::sqrt(under_root);
  const long double elapsed = divisor > 0 ? 2 * within / divisor : 0;
  const bool asks = piece.from > 0 || piece.to > 0;
  if (!asks || elapsed > static_cast<long double>(piece.length)) return kNever;
  return piece.begins + static_cast<Nanos>(std::llround(elapsed));
}

uint64_t RateCurve::arrivals() const {
  const long double all = count_at(length());
  const long double whole = std::ceil(all - rounding_of(all));
  return whole > 0 ? static_cast<uint64_t>(whole) : 0;
}

}  // namespace umbra::generate
