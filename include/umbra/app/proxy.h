// Proxy: the whole of `umbra proxy` on its control loop: workers, signals, the drain, the admin server.
//
//   open ──▶ running ──SIGTERM──▶ delaying (still accepting) ──▶ draining ──▶ over
//                                                                  └─ deadline: what is left is cut
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "umbra/app/helm.h"
#include "umbra/app/worker.h"
#include "umbra/control/admin_server.h"
#include "umbra/net/inherited.h"
#include "umbra/net/leash.h"
#include "umbra/net/signal.h"

namespace umbra::app {

class Proxy final : public control::SnapshotSource {
 public:
  Proxy(std::shared_ptr<const config::ProxyOptions> options, Log& log, Helm::Read read = {});
  ~Proxy();

  // Before open(): sockets that take the place of the options' `listen`.  With a leash SIGTERM and SIGINT are
  // the wrapper's to answer, which closes its own copies of the sockets before it lets go: else who connects
  // meanwhile would wait in a queue that nobody takes from.
  void take(net::Inherited inherited);
  // Opens what the options name.  An error names the flag, the value and the cure.
  Result<void> open();
  // Starts the workers and runs until it has been drained.  Returns the process's exit status: 0, or 1
  // when a worker could not do its work.
  int run();
  // As a first SIGTERM does; on the control loop's thread, or before run().
  void drain();
  // As the end of the drain's time does.
  void cut();

  // As a SIGHUP does: reads the configuration again and opens the access log again.
  void hang_up();

  net::Loop& loop() noexcept { return loop_; }
  Helm& helm() noexcept { return helm_; }
  // Where it listens, with the ports that the kernel chose.
  std::vector<net::Address> addresses() const;
  std::vector<net::Address> admin_addresses() const { return admin_addresses_; }
  void collect(control::SnapshotSource::Done done) override;

  static constexpr Nanos kSnapshotWait = kSecond;  // a worker that takes longer is not well

 private:
  struct Gathering;
  class AppProbe;
  Result<void> open_listeners();
  bool is_leashed() const noexcept { return inherited_.leash >= 0; }
  void without(std::string_view what, const Error& why);
  Result<void> share(const net::ListenSocket& socket);
  Result<void> open_admin();
  void watch_signals();
  void serve_admin();
  void start_workers();
  control::Access access() const;
  void begin_drain();
  void on_worker_failed();
  void on_worker_ended(size_t worker, Worker::Report last);
  void finish_when_written();
  control::Snapshot snapshot_frame() const;
  void on_part(uint64_t id, const std::function<void(Gathering&)>& add);
  void finish(uint64_t id);

  const std::shared_ptr<const config::ProxyOptions> options_;  // of the start; the helm has those in force
  Log& log_;
  net::Loop loop_;
  std::unique_ptr<net::FileAppender> access_log_;
  net::Inherited inherited_;
  std::unique_ptr<net::Leash> leash_;
  std::vector<net::ListenSocket> originals_;  // one for each --listen, for their addresses
  std::vector<std::vector<net::ListenSocket>> for_workers_;
  std::vector<net::ListenSocket> admin_sockets_;
  std::vector<net::Address> admin_addresses_;
  std::vector<net::ListenSocket> admin_originals_;
  std::unique_ptr<control::AdminServer> admin_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Helm helm_;
  std::vector<std::unique_ptr<net::SignalWatch>> signals_;
  std::unique_ptr<net::Timer> drain_timer_;
  std::unique_ptr<net::Timer> end_timer_;
  Nanos started_ = 0;
  Nanos write_deadline_ = 0;
  control::State state_ = control::State::starting;
  std::map<uint64_t, std::unique_ptr<Gathering>> gatherings_;
  uint64_t last_gathering_ = 0;
  unsigned interrupts_ = 0;
  bool drain_begun_ = false;
  size_t workers_ended_ = 0;
  // What each worker said last: a sum of these never falls, though workers end or do not answer in time.
  std::vector<Worker::Report> known_;
  int status_ = 0;
};

}  // namespace umbra::app
