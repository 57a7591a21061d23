// Lane: one thread's part of a run: begins iterations when they are due, and measures what becomes of them.
//
//   arrival or free user ──▶ waiting for a connection ──▶ sent ──▶ answered, failed, timed out, given up
//
// Owned by the Runner; everything is called on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "umbra/client/pool.h"
#include "umbra/generate/options.h"
#include "umbra/generate/tally.h"
#include "umbra/net/fine_timer.h"
#include "umbra/net/timer.h"

namespace umbra::generate {

class Lane final : private client::ConnectionHost {
 public:
  // What of a run is this lane's: among all lanes of all instances for the arrivals, and so many users.
  struct Part {
    Shard shard;
    size_t users = 1;
    uint64_t iterations = 0;  // closed loads; 0: no bound
  };

  // `tls` null: in the clear.  `on_over` is called once, from the loop.
  Lane(net::Loop& loop, const Options& options, Part part, std::shared_ptr<net::TlsContext> tls,
       std::function<void()> on_over);
  ~Lane();

  // The load's time 0; measured is what begins behind the warm-up.
  void start(Nanos zero);
  // Begins nothing more; what is under way gets the time of options.graceful_stop.
  void stop();
  // Gives up what is under way.
  void cut();
  // On this lane's thread.
  const Tally& tally() const noexcept { return tally_; }
  uint64_t under_way() const noexcept { return under_way_; }

 private:
  struct Flight {
    Nanos intended = 0;
    Nanos sent = 0;  // 0: it waits for a connection, or to be written
    client::Connection* connection = nullptr;
    uint32_t generation = 0;  // of the place, which others have before and after it
    bool measured = false;
    bool waited = false;  // for a connection, which the schedule's lag leaves out
  };
  struct Deadline {
    Nanos when;
    uint32_t place;
    uint32_t generation;
  };

  http::Head& head_scratch() override { return head_; }
  void on_ready(client::Connection& connection) override;
  void on_answered(client::Connection& connection, client::Request& request,
                   const client::Answer& answer) override;
  void on_sent(client::Connection& connection, size_t bytes) override;
  void on_received(size_t bytes) override;
  void on_needs_flush(client::Connection& connection) override;
  void on_closed(client::Connection& connection, client::CloseReason why) override;

  bool open_model() const noexcept { return options_.load.curve != nullptr; }
  void on_due();
  void begin_users();
  void begin(Nanos intended, Nanos now);
  void send(uint32_t place, client::Connection& connection, Nanos now);
  void serve_waiting(client::Connection& connection, Nanos now);
  uint32_t take_place();
  void end(uint32_t place);
  void fail(uint32_t place, Failure why, Nanos now);
  void measure(const Flight& flight, Nanos now);
  void tick();
  void time_out(uint32_t place, Nanos now);
  void bury(client::Connection& connection);
  void open_connection(Nanos now);
  void note_sent(const client::Connection& connection, Nanos now);
  void count_missed(Nanos now);
  void flush();
  bool exhausted() const noexcept;
  void report_if_over();
  Tally& tally_at(Nanos now) noexcept { return now >= zero_ + options_.warm_up ? tally_ : unmeasured_; }
  Tally& tally_of(const Flight& flight) noexcept { return flight.measured ? tally_ : unmeasured_; }

  net::Loop& loop_;
  const Options& options_;
  Part part_;
  std::function<void()> on_over_;
  client::Pool pool_;
  Slice request_;
  http::Head head_;
  std::optional<Arrivals> arrivals_;
  std::optional<Arrival> next_;
  Nanos zero_ = 0;
  Nanos ends_ = 0;  // closed loads: no iteration begins from then on; 0: no such time
  bool stopped_ = false;
  bool over_ = false;
  uint64_t begun_ = 0;
  uint64_t under_way_ = 0;
  std::vector<Flight> flights_;
  std::vector<uint32_t> free_places_;
  Ring<uint32_t> waiting_;    // for a connection
  Ring<Deadline> deadlines_;  // in the order in which they come
  std::vector<client::Connection*> to_flush_;
  Tally tally_;
  Tally unmeasured_;  // what the warm-up did
  net::FineTimer due_;
  net::Timer tick_;
  net::TurnEnd turn_end_;

  static constexpr Nanos kTick = 10 * kMillisecond;
  static constexpr uint32_t kBurstMax = 1024;  // arrivals that are begun before answers are read again
};

}  // namespace umbra::generate
