// Arrivals: the clients of a relay that are still in their TLS handshake, and so no sessions yet.
//
// Owned by a Relay; the worker's thread only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "umbra/net/tls_handshake.h"

namespace umbra::relay {

class Arrivals {
 public:
  // Either is called for each client, from the loop, when it has left the list.
  using OnArrived = std::function<void(std::unique_ptr<net::Stream> client)>;
  using OnLost = std::function<void()>;

  Arrivals(net::Loop& loop, OnArrived on_arrived, OnLost on_lost);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  void take(std::unique_ptr<net::Stream> client, std::shared_ptr<net::TlsContext> tls,
            Nanos patience = net::TlsHandshake::kPatience);
  size_t size() const noexcept { return arrivals_.size(); }
  // Closes them; each is lost.
  void cut();

 private:
  class Arrival;
  void leave(Arrival& arrival);
  void arrived(Arrival& arrival, std::unique_ptr<net::Stream> client);
  void lost(Arrival& arrival);

  net::Loop& loop_;
  OnArrived on_arrived_;
  OnLost on_lost_;
  std::vector<std::unique_ptr<Arrival>> arrivals_;
};

}  // namespace umbra::relay
