// ListenSocket: a bound, listening descriptor.  Listener: a loop's accepting on one.
//
// Not uv_listen: on EMFILE libuv accepts and closes what waits ("emfile trick"), while umbra must leave
// it in the backlog and go on with the sessions it has.
#pragma once

#include <functional>
#include <string>

#include "umbra/base/log.h"
#include "umbra/net/address.h"
#include "umbra/net/loop.h"
#include "umbra/net/timer.h"

namespace umbra::net {

class ListenSocket {
 public:
  ListenSocket() = default;
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&& other) noexcept;
  ~ListenSocket();

  // Binds and listens.  `shared`: with SO_REUSEPORT, for several workers on one port.  A unix path that
  // nobody listens on any more is taken over.
  static Result<ListenSocket> open(const Address& address, bool shared);
  // Takes a descriptor that listens already and that others hold too.  An error: it does not listen.
  static Result<ListenSocket> adopt(int fd);
  // The same socket for one more worker (unix paths cannot be bound twice).
  Result<ListenSocket> duplicate() const;

  int fd() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  bool is_unix() const noexcept { return address_.kind == Address::Kind::unix_path; }
  // With the port that the kernel chose for port 0.
  const Address& address() const noexcept { return address_; }
  // Removes a unix socket's path; for its first owner, when it stops.  The path of an adopted one is its
  // maker's.
  void unlink_path() const;

 private:
  int fd_ = -1;
  Address address_;
  bool adopted_ = false;
};

class Listener {
 public:
  // Takes an accepted, non-blocking descriptor.  Returns false when no more are wanted for now: accepting
  // pauses until resume().
  using OnAccepted = std::function<bool(int fd, bool unix_path)>;

  Listener(Loop& loop, ListenSocket socket, Log& log, OnAccepted on_accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Result<void> start();
  void resume();
  // Takes what has connected already; for a listener that is about to close, which would reset it.
  void accept_waiting();
  uint64_t times_paused() const noexcept { return times_paused_; }

 private:
  void accept_ready();
  void pause(std::string_view why);

  ListenSocket socket_;
  Log& log_;
  OnAccepted on_accepted_;
  Handle<uv_poll_t> poll_;
  Timer retry_;
  LogGate pause_log_;
  bool paused_ = false;
  unsigned burst_ = 1;
  uint64_t times_paused_ = 0;
};

}  // namespace umbra::net
