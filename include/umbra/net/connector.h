// Connector: one attempt to connect, address after address until one answers.
//
// Owned by who wants the stream; destroying it gives the attempt up.  Its listener hears exactly once
// and then retires it,
// from the loop, never from inside start().
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

 private:
  struct Attempt;
  void on_resolved() override;
  void try_next();
  int begin(Handle<Socket>& socket, uv_connect_t* request);
  void on_attempt_done(int status);
  void fail_from_loop(Error error);

  Loop& loop_;
  Resolver& resolver_;
  ConnectListener& listener_;
  Nanos timeout_;
  size_t next_ = 0;
  bool waiting_ = false;
  Error error_{Errc::unresolved, "no address"};
  Handle<Socket> socket_;
  std::unique_ptr<Timer> deadline_;
};

}  // namespace umbra::net
