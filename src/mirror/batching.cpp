#include "umbra/mirror/batching.h"

#include <algorithm>

namespace umbra::mirror {

void Batching::on_answer(Nanos busy, bool keeps_alive, bool reused) noexcept {
  if (state_ == State::forced || state_ == State::off) return;
  // An exponential mean over about 16 answers.
  smoothed_ = smoothed_ == 0 ? busy : smoothed_ - smoothed_ / 16 + busy / 16;
  if (!keeps_alive) {
    proven_ = 0;
    return;
  }
  if (reused) ++proven_;
  if (state_ == State::learning) {
    if (proven_ >= proof_needed_ && smoothed_ < kFast) state_ = State::trial;
    return;
  }
  if (smoothed_ <= kSlow) return;
  state_ = State::learning;
  proven_ = 0;
  proof_needed_ = std::min(proof_needed_ * 2, kProofMax);
}

Nanos Batching::stall_time() const noexcept { return std::max(kStallMin, smoothed_ * 50); }

}  // namespace umbra::mirror
