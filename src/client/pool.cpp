#include "umbra/client/pool.h"

#include <algorithm>

namespace umbra::client {

Pool::Pool(net::Loop& loop, net::Address target, ConnectionHost& host, PoolOptions options)
    : loop_(loop),
      target_(loop, std::move(target), net::Resolver::Use::in_turn),
      host_(host),
      options_(std::move(options)) {}

Pool::~Pool() { close_all(); }

void Pool::open() {
  ++connecting_;
  ++opened_;
  connections_.push_back(
      std::make_unique<Connection>(loop_, target_, host_, options_.connect_timeout, options_.tls));
}

Connection* Pool::take_idle() {
  if (idle_.empty()) return nullptr;
  Connection* connection = idle_.back();
  idle_.pop_back();
  connection->idle_listed = false;
  return connection;
}

void Pool::put_idle(Connection& connection, Nanos now) {
  if (std::exchange(connection.idle_listed, true)) return;
  connection.idle_since = now;
  idle_.push_back(&connection);
}

void Pool::bury(Connection& connection) {
  on_settled(connection);
  if (std::exchange(connection.idle_listed, false)) std::erase(idle_, &connection);
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& owned) { return owned.get() == &connection; });
  std::swap(*found, connections_.back());
  loop_.retire(std::move(connections_.back()));
  connections_.pop_back();
}

void Pool::close_idle_since(Nanos before) {
  // The list is in the order of use: the oldest come first.
  while (!idle_.empty() && idle_.front()->idle_since < before) {
    Connection& connection = *idle_.front();
    connection.close();
    bury(connection);
  }
}

void Pool::close_all() {
  while (!connections_.empty()) {
    Connection& connection = *connections_.back();
    connection.close();
    bury(connection);
  }
}

}  // namespace umbra::client
