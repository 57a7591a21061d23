// Worker: one thread with one loop, and everything that lives there: a relay, a mirror, counters.
//
// Owned by the proxy command on the control thread, which speaks to it by the calls below; each of them
// posts to the worker's loop.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "umbra/config/options.h"
#include "umbra/mirror/mirror.h"
#include "umbra/net/file_appender.h"
#include "umbra/relay/relay.h"

namespace umbra::app {

class Worker {
 public:
  // What a worker has counted so far, and of which shadows.
  struct Report {
    metrics::WorkerCounters counters;  // its shadows in the order of these options
    metrics::ShadowCounters removed;   // of the shadows that a reload took away, together
    std::shared_ptr<const config::ProxyOptions> options;
  };
  // What people have said, for shadows by their names.
  using Orders = std::vector<std::pair<std::string, mirror::Steering>>;

  // `access_log` may be null; it outlives the worker.
  Worker(std::shared_ptr<const config::ProxyOptions> options, Log& log, net::FileAppender* access_log);
  ~Worker();  // joins; the worker must have been drained or never started
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // `on_failed` runs on the worker's thread when it cannot accept.
  void start(std::vector<net::ListenSocket> sockets, std::function<void()> on_failed);
  // `done` of these three runs on the worker's thread.  False: the worker has ended.
  bool snapshot(std::function<void(Report)> done);
  // From now on these options and orders hold.  Sessions, and copies in flight, are untouched.
  bool reconfigure(std::shared_ptr<const config::ProxyOptions> options, Orders orders,
                   std::function<void()> done);
  // `off`: nothing is copied.
  bool steer(Orders orders, bool off, std::function<void()> done);
  // Ends the sessions after their exchanges, then itself; `done` runs on the worker's thread, last, with
  // the counters as they ended.
  void drain(std::function<void(Report)> done);
  // Ends what is left, now.
  void cut();
  // Its thread has nothing left to do.
  bool ended() const noexcept { return ended_; }

  // Copies that were sent when the last session ended get so long for their answers.
  static constexpr Nanos kLastAnswers = kSecond;

 private:
  void set_up(std::vector<net::ListenSocket> sockets, const std::function<void()>& on_failed);
  void make_access_log();
  void renew_tls();
  void follow(const Orders& orders);
  Report report() const;
  void end();

  std::shared_ptr<const config::ProxyOptions> options_;
  Log& log_;
  net::FileAppender* access_log_file_;
  net::Loop loop_;
  std::atomic<bool> ended_ = false;
  // From here on: the worker's thread only.
  relay::Watch watch_;
  uint64_t accepting_paused_ = 0;
  bool has_tls_ = false;
  std::unique_ptr<relay::AccessLog> access_log_;
  std::unique_ptr<mirror::Mirror> mirror_;
  std::unique_ptr<relay::Relay> relay_;
  std::unique_ptr<net::Timer> flush_access_log_;
  std::unique_ptr<net::Timer> last_answers_;
  std::function<void(Report)> on_ended_;
  std::optional<Report> last_report_;  // it has ended; calls that were on their way still come
  std::thread thread_;
};

}  // namespace umbra::app
