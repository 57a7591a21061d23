// RawCopy: what one session's client sends, on a connection of its own to a shadow.
//
//   connecting ──▶ sending ──the client's FIN is out, and the shadow's has come──▶ completed
//       │             └──reset, over budget, too slow, the client aborted──▶ failed, with a reset
//       └──▶ dropped (no byte went), or failed to connect
//
// A stream of bytes with a hole is worthless: what cannot be kept ends the copy.  Owned by a RawShadow, which
// hears of its end once and retires it; the loop's thread only.
#pragma once

#include <memory>
#include <optional>

#include "umbra/base/ring.h"
#include "umbra/mirror/budget.h"
#include "umbra/net/connector.h"

namespace umbra::mirror {

class RawCopy;

// How a copy ended: with `drop`, with `failure`, or with neither: completed.
struct RawOutcome {
  std::optional<Drop> drop;
  std::optional<Fail> failure;
};

class RawCopyHost {
 public:
  virtual void on_connected(RawCopy& copy) = 0;
  // It could not connect; on_over follows.
  virtual void on_connect_failed(RawCopy& copy, Fail why) = 0;
  virtual void on_sent(size_t bytes) = 0;
  virtual void on_received(size_t bytes) = 0;
  // It may have a deadline now.
  virtual void on_waiting() = 0;
  // It wants its read_on() called at the end of the turn.
  virtual void on_reading_paused(RawCopy& copy) = 0;
  virtual void on_over(RawCopy& copy, RawOutcome outcome) = 0;

 protected:
  ~RawCopyHost() = default;
};

// Where a session keeps its copy.  Either may go first.
struct RawSeat {
  RawCopy* copy = nullptr;
};

class RawCopy final : public net::Retirable, public net::ConnectListener, public net::StreamListener {
 public:
  // `budget` has kCharge of it already.
  RawCopy(net::Loop& loop, net::Resolver& target, RawCopyHost& host, Budget& budget, Nanos connect_timeout);
  ~RawCopy() override;

  void start() { connector_->start(); }
  void sit_on(RawSeat& seat) noexcept;
  void leave_seat() noexcept;

  // What its session says; each may end it.
  void take(Passing& passing);
  void end();
  void on_session_over(bool aborted);

  bool connected() const noexcept { return stream_ != nullptr; }
  // When it has taken too long; 0: it has nothing to wait for.  A client may be silent for ever.
  Nanos deadline(Nanos timeout) const noexcept;
  void read_on();
  // Ends it: with `why_not` when no byte can have gone.
  void lose(Fail why, Drop why_not);

  // The owner's bookkeeping.
  size_t place = 0;
  bool probe = false;  // the breaker waits for it
  bool paused = false;

  // What a copy costs besides the bytes that wait.
  static constexpr size_t kCharge = 1024;

 private:
  void on_connected(std::unique_ptr<net::Stream> stream) override;
  void on_connect_failed(const Error& error) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_write_failed(const Error& error) override;
  void on_failed(const Error& error) override;

  bool nothing_waits() const noexcept { return waiting_.empty() && in_stream_ == 0; }
  void queue_next();
  void finish_sending();
  void lose_connection();
  void close(bool reset);
  void settle(RawOutcome outcome);

  net::Loop& loop_;
  RawCopyHost& host_;
  Budget& budget_;
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<net::Stream> stream_;
  RawSeat* seat_ = nullptr;
  Ring<Slice> waiting_;
  size_t charge_ = kCharge;  // of the budget
  size_t in_stream_ = 0;     // bytes that the stream has queued
  size_t in_stream_charge_ = 0;
  Nanos touched_ = 0;  // when bytes last moved, or began to wait, or the session ended
  bool ended_ = false;
  bool fin_sent_ = false;
  bool shadow_ended_ = false;
  bool session_over_ = false;
  bool over_ = false;
};

}  // namespace umbra::mirror
