// Connector: one attempt to connect, address after address until one answers.  Where the resolver gives them
// in turn, each gets its share of the time, so that one that does not answer leaves some to the others.
//
// Owned by who wants the stream, who dismisses it when it is no longer wanted: from then on its listener
// hears nothing.  The listener hears at most once, from the loop, never from inside start().
#pragma once

#include <memory>

#include "umbra/net/resolver.h"
#include "umbra/net/socket_stream.h"
#include "umbra/net/timer.h"

namespace umbra::net {

class ConnectListener {
 public:
  virtual void on_connected(std::unique_ptr<Stream> stream) = 0;
  // Errc::unresolved, timeout, refused, ...
  virtual void on_connect_failed(const Error& error) = 0;

 protected:
  ~ConnectListener() = default;
};

class Connector final : public Retirable, private Resolver::Waiter {
 public:
  // `timeout` 0: the kernel's own.
  Connector(Loop& loop, Resolver& resolver, ConnectListener& listener, Nanos timeout);
  ~Connector() override;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  void start();
  // Gives the attempt up and lets the loop have it; may be called from the listener.
  static void dismiss(Loop& loop, std::unique_ptr<Connector> connector);

 private:
  struct Attempt;
  void on_resolved() override;
  void try_next();
  int begin(Handle<Socket>& socket, uv_connect_t* request);
  void give_it_its_time();
  void on_attempt_done(int status);
  bool wait_for_backlog(int status);
  bool is_with_itself() const;
  void fail_from_loop(Error error);
  void report_failure();
  void start_later(Nanos pause);

  Loop& loop_;
  Resolver& resolver_;
  ConnectListener& listener_;
  Nanos timeout_;
  std::vector<SocketAddress> choices_;
  size_t next_ = 0;
  bool waiting_ = false;
  Error error_{Errc::unresolved, "no address"};
  Handle<Socket> socket_;
  std::unique_ptr<Timer> deadline_;
  std::unique_ptr<Timer> attempt_;  // only where there are several choices
  std::unique_ptr<Timer> later_;
  void (Connector::*wait_then_)() = nullptr;
  Nanos backlog_waited_ = 0;
};

}  // namespace umbra::net
