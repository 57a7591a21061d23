// Sink: one thread's part of the server that answers by a model.
//
// Owned by the SinkServer; everything is called on the loop's thread, which it keeps alive.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "umbra/base/log.h"
#include "umbra/generate/sink_connection.h"
#include "umbra/net/fine_timer.h"
#include "umbra/net/listener.h"
#include "umbra/net/timer.h"

namespace umbra::generate {

class Sink final : private SinkConnection::Owner {
 public:
  struct Limits {
    size_t connections = 1;  // others wait until one has gone
    Nanos patience = 60 * kSecond;
  };

  Sink(net::Loop& loop, Log& log, SinkAnswers answers, Limits limits);

  Result<void> serve(net::ListenSocket socket);
  // Takes no more connections, and no more requests on those that are there.  `on_over` is called once, when
  // the last has gone.
  void drain(std::function<void()> on_over);
  void cut();
  const SinkTally& tally() const noexcept { return answers_.tally(); }

 private:
  bool accept(int fd, bool unix_path);
  SinkConnection::Scratch& scratch() override { return scratch_; }
  void wake(uint64_t id, Nanos instead_of, Nanos when) override;
  void on_over(uint64_t id) override;
  void on_due();
  void set_timer();
  // Each of them may end a connection, the one that it is called with included.
  template <typename Do>
  void each_connection(Do what);

  net::Loop& loop_;
  Log& log_;
  SinkAnswers answers_;
  SinkConnection::Scratch scratch_;
  Limits limits_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::unordered_map<uint64_t, std::unique_ptr<SinkConnection>> connections_;
  uint64_t last_id_ = 0;
  std::set<std::pair<Nanos, uint64_t>> alarms_;  // when, and whose
  Nanos timer_at_ = 0;
  bool serving_due_ = false;
  net::FineTimer due_;
  net::Timer sweep_;
  std::function<void()> on_drained_;
};

}  // namespace umbra::generate
