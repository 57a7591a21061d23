// Flow: one direction of a session.  What its source reads goes to its sink; when the sink is slow, the
// source is not read, and nothing but the other end of the session can be the reason.
//
// Owned by a session, with both streams.
#pragma once

#include <cstdint>

#include "umbra/net/stream.h"

namespace umbra::relay {

enum class PauseReason : uint8_t { sink_slow = 1, sink_broken = 2 };

// Reads run while no reason is set; who paused resumes only its own reason.
class ReadGate {
 public:
  // null: whoever it was is going.
  void attach(net::Stream* source) noexcept { source_ = source; }
  void pause(PauseReason why) {
    if (reasons_ == 0 && source_ != nullptr) source_->stop_reading();
    reasons_ = static_cast<uint8_t>(reasons_ | bit(why));
  }
  void resume(PauseReason why) {
    if ((reasons_ & bit(why)) == 0) return;
    reasons_ = static_cast<uint8_t>(reasons_ & ~bit(why));
    if (reasons_ == 0 && source_ != nullptr) source_->start_reading();
  }

 private:
  static constexpr uint8_t bit(PauseReason why) noexcept { return static_cast<uint8_t>(why); }
  net::Stream* source_ = nullptr;
  uint8_t reasons_ = 0;
};

class Flow {
 public:
  void start(net::Stream& source, net::Stream& sink);

  // Sends `bytes`, or queues what the kernel does not take.  `passing` is where they lie.
  void forward(Passing& passing);
  // The sink's queue fell to the low water.
  void on_sink_drained();
  // A write failed.  The sink's peer may have said why before it went: that is still read and relayed, so
  // the source is only paused.
  void on_sink_broken();
  // Lets go of both streams.
  void detach() noexcept;
  // The source sends no more: the sink gets its FIN behind the queued bytes.
  void end();

  bool ended() const noexcept { return ended_; }
  bool broken() const noexcept { return broken_; }
  // Every byte of the source has gone to the kernel.
  bool flushed() const noexcept {
    return ended_ && (broken_ || sink_ == nullptr || sink_->queued_bytes() == 0);
  }

 private:
  net::Stream* sink_ = nullptr;
  ReadGate gate_;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace umbra::relay
