// Shadow: one worker's leg to one shadow: its queue, its connections, its bounds and its counters.
//
//   offer ──▶ waiting ──a connection is free──▶ on a connection ──▶ completed
//     │          │                                  │
//     └──────────┴─────▶ dropped (no byte went)     └────▶ failed
//
// A copy that is answered with a redirect may wait once more, as what following.h makes of it; from then on
// it fails where others are dropped.
//
// Every path ends in exactly one of the counters (the third promise).  Owned by a Mirror.
#pragma once

#include <memory>
#include <string>

#include "umbra/base/log.h"
#include "umbra/client/pool.h"
#include "umbra/metrics/counters.h"
#include "umbra/mirror/batching.h"
#include "umbra/mirror/breaker.h"
#include "umbra/mirror/budget.h"
#include "umbra/mirror/copy_head.h"
#include "umbra/mirror/copy_queue.h"
#include "umbra/mirror/following.h"
#include "umbra/mirror/options.h"
#include "umbra/mirror/redirect_legs.h"
#include "umbra/mirror/watchdog.h"
#include "umbra/relay/tap.h"

namespace umbra::mirror {

// What a shadow needs from its mirror.
class ShadowHost {
 public:
  virtual http::Head& head_scratch() = 0;
  // The shadow wants its end_turn() called at the end of this turn of the loop.
  virtual void on_shadow_busy() = 0;
  virtual void on_shadow_quiet() = 0;  // nothing is in flight any more

 protected:
  ~ShadowHost() = default;
};

class Shadow final : public client::ConnectionHost, public RedirectLegHost {
 public:
  Shadow(net::Loop& loop, ShadowHost& host, const ShadowOptions& shadow, const Options& all, unsigned workers,
         TotalBudget& total, Log& log);
  ~Shadow();

  // New options for the same place.
  void reconfigure(const ShadowOptions& shadow, const Options& all, unsigned workers);

  // An exchange that umbra followed; every other call for it comes after this one.
  void see() noexcept { ++counters_.seen; }
  void filter() noexcept { ++counters_.filtered; }
  void sample_out() noexcept { ++counters_.sampled_out; }
  void drop(Drop why) noexcept { ++counters_.dropped[why]; }

  // Takes a copy, or drops it and counts why.  `body`: what the request's further body bytes go to; null
  // when the request is complete, or was dropped.
  struct Offered {
    bool taken = false;
    std::shared_ptr<client::StreamedBody> body;
  };
  Offered offer(const CopyHead& head, const relay::RequestSeen& request, bool head_method, bool safe);
  void take_body(const std::shared_ptr<client::StreamedBody>& body, std::string_view part, Passing& passing,
                 bool last);
  void abort_body(const std::shared_ptr<client::StreamedBody>& body, relay::Abort why);
  // The body outgrew the shadow's max_body: as an abort.
  void outgrow_body(const std::shared_ptr<client::StreamedBody>& body);

  // A copy that is still being made over several turns of the loop: in flight from begin_held() to
  // drop_held() or offer_held(), its memory within the shadow's budget.
  void begin_held() noexcept { ++counters_.in_flight; }
  Drop hold(size_t bytes) noexcept { return budget_.take(bytes); }
  void release(size_t bytes) noexcept { budget_.give_back(bytes); }
  void drop_held(Drop why) noexcept;
  // `head`: a whole one, without the marker; it may name any Host.
  bool offer_held(std::string_view head, std::string_view body, Nanos now, bool head_method, bool safe);
  // Its stop_when, and who resumes it.
  Watchdog& watchdog() noexcept { return watchdog_; }
  std::string_view host_line() const noexcept { return host_line_; }

  // Hands waiting copies to free connections and writes what was handed over.
  void end_turn();

  // The queue is dropped; what is on a connection may still be answered.
  void drain();
  // What is on a connection fails.
  void cut();
  bool quiet() const noexcept { return counters_.in_flight == 0; }

  metrics::ShadowCounters counters() const;

  static constexpr Nanos kTick = 100 * kMillisecond;  // how often time-outs are looked at, at the least
  static constexpr Nanos kIdle = 20 * kSecond;        // an unused connection is closed after this
  static constexpr size_t kConnectingMax = 32;        // at once

 private:
  http::Head& head_scratch() override { return host_.head_scratch(); }
  void on_ready(client::Connection& connection) override;
  void on_answered(client::Connection& connection, client::Request& copy,
                   const client::Answer& answer) override;
  void on_sent(client::Connection& connection, size_t bytes) override;
  void on_received(size_t bytes) override { counters_.bytes_received += bytes; }
  void on_needs_flush(client::Connection& connection) override;
  void on_closed(client::Connection& connection, client::CloseReason why) override;

  void on_leg_busy() override { busy(); }
  void on_leg_answered(RedirectLeg& leg, client::Request& copy, const client::Answer& answer) override;
  void on_leg_failed(client::Request copy, Fail why) override {
    fail(std::move(copy), why);
    report_quiet();
  }
  void on_leg_bytes(size_t sent, size_t received) override {
    counters_.bytes_sent += sent;
    counters_.bytes_received += received;
  }

  Slice write(const CopyHead& head, std::string_view host_line, std::string_view body, size_t size);
  void stream_body(client::Request& copy, const relay::RequestSeen& request);
  client::Connection* free_connection(const client::Request& copy);
  // The breaker is open and no connection stands that could still serve.
  bool unreachable() const noexcept { return breaker_.open() && pool_.size() == pool_.connecting(); }
  size_t room_on(const client::Connection& connection) const noexcept;
  bool takes_more(const client::Connection& connection, const client::Request& copy) const noexcept;
  void serve_waiting(Nanos now);
  void open_connections();
  void on_connect_failed(client::CloseReason why, const std::string& detail);
  void lose_unanswered(client::Connection& connection, Fail oldest);
  void close_connection(client::Connection& connection, Fail oldest);
  void wait(client::Request copy);
  void drop_waiting(Drop why);
  void end_body(const std::shared_ptr<client::StreamedBody>& body, Fail if_sent, Drop if_waiting);
  Nanos deadline(const client::Request& copy) const noexcept;
  bool follow(const client::Request& copy, const client::Answer& answer, RedirectLeg* from);
  void complete(client::Request& copy, const client::Answer& answer);
  void settle(client::Request& copy) noexcept;
  void fail(client::Request copy, Fail why) noexcept;
  void drop_taken(client::Request copy, Drop why) noexcept;
  void tick();
  bool stalled(const client::Connection& connection, Nanos now) const noexcept;
  void forget(client::Connection& connection);
  void busy();
  void report_quiet();

  ShadowHost& host_;
  Log& log_;
  std::string name_;
  std::string host_line_;
  std::string marker_line_;
  Nanos timeout_;
  unsigned pipeline_;
  Budget budget_;
  Breaker breaker_;
  Batching batching_;
  Watchdog watchdog_;
  Following following_;
  metrics::ShadowCounters counters_;
  client::Pool pool_;
  CopyQueue waiting_{budget_};
  RedirectLegs legs_;
  Chunk open_chunk_;                       // the smallest copies share memory, and so parts of writes
  client::Connection* filling_ = nullptr;  // got copies in this turn and takes more
  client::Connection* trial_ = nullptr;
  std::vector<client::Connection*> to_flush_;
  uint64_t requests_max_ = ~uint64_t{0};  // a connection's, as learned from `Connection: close`
  bool draining_ = false;
  bool busy_ = false;
  LogGate log_gate_;
  net::Timer tick_;
  net::Timer probe_;
};

}  // namespace umbra::mirror
