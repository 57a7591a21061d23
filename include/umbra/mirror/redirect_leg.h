// RedirectLeg: a worker's way to one further host that a shadow's redirects may lead to: its queue and its
// connections, with one copy at a time on each.
//
// Owned by a RedirectLegs; the shadow does all the counting.
#pragma once

#include <vector>

#include "umbra/base/reason.h"
#include "umbra/client/pool.h"
#include "umbra/mirror/copy_queue.h"

namespace umbra::mirror {

class RedirectLeg;

class RedirectLegHost {
 public:
  virtual http::Head& head_scratch() = 0;
  // A leg wants its end_turn() called at the end of this turn of the loop.
  virtual void on_leg_busy() = 0;
  virtual void on_leg_answered(RedirectLeg& leg, client::Request& copy, const client::Answer& answer) = 0;
  virtual void on_leg_failed(client::Request copy, Fail why) = 0;
  virtual void on_leg_bytes(size_t sent, size_t received) = 0;

 protected:
  ~RedirectLegHost() = default;
};

class RedirectLeg final : public client::ConnectionHost {
 public:
  RedirectLeg(net::Loop& loop, net::Address address, RedirectLegHost& host, Budget& budget,
              client::PoolOptions options);
  void reconfigure(client::PoolOptions options) { pool_.set_options(std::move(options)); }

  const net::Address& address() const noexcept { return address_; }
  size_t waiting() const noexcept { return waiting_.size(); }
  size_t connections() const noexcept { return pool_.size(); }
  uint64_t opened() const noexcept { return pool_.opened(); }
  // Nothing waits here and nothing is on a connection.
  bool quiet() const noexcept;

  // Takes a copy that is whole.
  void wait(client::Request copy);
  void end_turn(Nanos now);
  // Fails what was made before `made_before`, and closes connections that nobody has used since
  // `used_before`.
  void tick(Nanos made_before, Nanos used_before);
  void fail_waiting(Fail why);
  void cut(Fail why);

  // Not again until it is destroyed; it may have copies still.
  bool leaving = false;

 private:
  http::Head& head_scratch() override { return host_.head_scratch(); }
  void on_ready(client::Connection& connection) override;
  void on_answered(client::Connection& connection, client::Request& copy,
                   const client::Answer& answer) override;
  void on_sent(client::Connection&, size_t bytes) override { host_.on_leg_bytes(bytes, 0); }
  void on_received(size_t bytes) override { host_.on_leg_bytes(0, bytes); }
  void on_needs_flush(client::Connection& connection) override;
  void on_closed(client::Connection& connection, client::CloseReason why) override;
  void close(client::Connection& connection, Fail why);
  void bury(client::Connection& connection, Fail why);

  net::Address address_;
  RedirectLegHost& host_;
  client::Pool pool_;
  CopyQueue waiting_;
  std::vector<client::Connection*> to_flush_;
};

}  // namespace umbra::mirror
