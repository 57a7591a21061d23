// Batching: whether small copies for a shadow may share a connection (design, section 4), and how many.
//
//   learning ──kept alive, fast──▶ trial ──both copies of a pair answered──▶ on
//       ▲                            │                                       │
//       └────────── too slow ────────┼───────────────────────────────────────┤
//                                    └──── closed or stalled ────▶ off ◀─────┘
//
// The trial is needed: some servers (gunicorn's threads, for one) keep a connection alive and answer the
// second of two pipelined requests only when more bytes come.  Off is for good: a shadow that lost copies
// once gets the faithful mode.
#pragma once

#include <cstddef>
#include <cstdint>

#include "umbra/base/clock.h"

namespace umbra::mirror {

class Batching {
 public:
  enum class State : uint8_t { forced, learning, trial, on, off };

  // 0: auto.  Else so many copies a connection, always.
  explicit Batching(unsigned depth) noexcept
      : state_(depth == 0 ? State::learning : State::forced), forced_(depth) {}

  State state() const noexcept { return state_; }
  bool active() const noexcept { return state_ == State::on || (state_ == State::forced && forced_ > 1); }
  // How many copies may be outstanding on one connection.
  size_t depth() const noexcept {
    switch (state_) {
      case State::forced:
        return forced_;
      case State::trial:
        return 2;
      case State::on:
        return kDepth;
      default:
        return 1;
    }
  }

  // A connection answered a copy, `busy` after it had got it or had answered the one before: what the
  // shadow needs for one, also where several answers come at once.  `keeps_alive`: the connection goes on,
  // with certain framing; `reused`: it had answered before.
  void on_answer(Nanos busy, bool keeps_alive, bool reused) noexcept;
  void on_pair_answered() noexcept {
    if (state_ == State::trial) state_ = State::on;
  }
  // A connection with several copies on it closed, or stopped answering half-way.
  void on_batch_lost() noexcept {
    if (state_ != State::forced) state_ = State::off;
  }
  // Without any answer for so long after an earlier one of the same batch, a connection has stalled.
  Nanos stall_time() const noexcept;

  Nanos smoothed() const noexcept { return smoothed_; }

  static constexpr size_t kDepth = 8;           // more would save little and hide the shadow's concurrency
  static constexpr Nanos kFast = kMillisecond;  // on below
  static constexpr Nanos kSlow = 2 * kMillisecond;  // off above
  static constexpr unsigned kProof = 32;            // answers on kept connections
  static constexpr unsigned kProofMax = 4096;       // after having been too slow again and again
  static constexpr Nanos kStallMin = 250 * kMillisecond;

 private:
  State state_;
  unsigned forced_;
  unsigned proven_ = 0;
  unsigned proof_needed_ = kProof;
  Nanos smoothed_ = 0;
};

}  // namespace umbra::mirror
