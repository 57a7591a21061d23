// Pool: the keep-alive connections to one target, at most so many, last used first.
//
// Owned by who sends there (a shadow); the loop's thread only.
#pragma once

#include <memory>
#include <vector>

#include "umbra/client/connection.h"

namespace umbra::client {

struct PoolOptions {
  size_t connections_max = 128;
  Nanos connect_timeout = 3 * kSecond;        // the TLS handshake included
  std::shared_ptr<net::TlsContext> tls = {};  // null: in the clear
};

class Pool {
 public:
  Pool(net::Loop& loop, net::Address target, ConnectionHost& host, PoolOptions options);
  ~Pool();

  size_t size() const noexcept { return connections_.size(); }
  size_t connecting() const noexcept { return connecting_; }
  bool may_open() const noexcept { return connections_.size() < options_.connections_max; }
  void open();
  // For connections that are opened from now on; those above a lower bound stay until they are idle.
  void set_options(PoolOptions options) noexcept { options_ = options; }

  // The idle connection that was used last, or null.  It leaves the list of idle ones.
  Connection* take_idle();
  void put_idle(Connection& connection, Nanos now);
  // It has connected.
  void on_settled(Connection& connection) noexcept {
    if (!std::exchange(connection.settled, true)) --connecting_;
  }

  // Gives a dead connection to the loop.
  void bury(Connection& connection);
  void close_idle_since(Nanos before);
  void close_all();

  // Nothing is retained of connections that close on their own but their number.
  uint64_t opened() const noexcept { return opened_; }
  const std::vector<std::unique_ptr<Connection>>& connections() const noexcept { return connections_; }

 private:
  net::Loop& loop_;
  net::Resolver target_;
  ConnectionHost& host_;
  PoolOptions options_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  size_t connecting_ = 0;
  uint64_t opened_ = 0;
};

}  // namespace umbra::client
