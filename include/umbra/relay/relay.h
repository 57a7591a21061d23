// Relay: a worker's live leg: its listeners and its sessions.  The worker's thread only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "umbra/net/listener.h"
#include "umbra/relay/arrivals.h"
#include "umbra/relay/options.h"
#include "umbra/relay/session.h"

namespace umbra::relay {

class Relay final : public SessionHost {
 public:
  Relay(net::Loop& loop, Options options, Watch& watch, Log& log);
  ~Relay();

  Result<void> listen(net::ListenSocket socket);
  // Clients that are accepted from now on speak TLS, of which `tls` is the server's side; null: they do not.
  // A handshake that fails counts as a session that the client has reset.
  void set_tls(std::shared_ptr<net::TlsContext> tls) { tls_ = std::move(tls); }

  // Stops accepting.  Idle sessions end at once, the others after their exchange; `on_empty` is called
  // once, when none is left.
  void drain(std::function<void()> on_empty);
  // Ends what is left.
  void cut();

  size_t sessions() const noexcept { return sessions_.size(); }
  uint64_t times_accepting_paused() const noexcept;

 private:
  net::Loop& loop() override { return loop_; }
  net::Resolver& app() override { return app_; }
  Watch& watch() override { return watch_; }
  LiveEditor* live_editor() override { return live_editor_.get(); }
  bool secure() const override { return tls_ != nullptr; }
  void on_session_over(Session& session) override;
  bool accept(int fd, bool unix_path);
  Session& begin(std::unique_ptr<net::Stream> client);
  void on_arrived(std::unique_ptr<net::Stream> client);
  void on_arrival_lost();
  void on_place_free();
  void report_if_empty();

  net::Loop& loop_;
  Options options_;
  Watch& watch_;
  Log& log_;
  net::Resolver app_;
  std::unique_ptr<LiveEditor> live_editor_;  // null: no edit is on
  std::shared_ptr<net::TlsContext> tls_;
  Arrivals arrivals_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::function<void()> on_empty_;
};

}  // namespace umbra::relay
