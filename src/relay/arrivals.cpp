#include "umbra/relay/arrivals.h"

#include <utility>

namespace umbra::relay {

class Arrivals::Arrival final : public net::Retirable, public net::ConnectListener {
 public:
  Arrival(Arrivals& owner, std::unique_ptr<net::Stream> client, std::shared_ptr<net::TlsContext> tls,
          Nanos patience)
      : owner_(owner),
        handshake_(std::make_unique<net::TlsHandshake>(owner.loop_, std::move(client), std::move(tls), *this,
                                                       patience)) {}
  void start() { handshake_->start(); }
  void dismiss() { net::TlsHandshake::dismiss(owner_.loop_, std::move(handshake_)); }
  void on_connected(std::unique_ptr<net::Stream> client) override {
    owner_.arrived(*this, std::move(client));
  }
  void on_connect_failed(const Error&) override { owner_.lost(*this); }

  size_t place = 0;  // in the list

 private:
  Arrivals& owner_;
  std::unique_ptr<net::TlsHandshake> handshake_;
};

Arrivals::Arrivals(net::Loop& loop, OnArrived on_arrived, OnLost on_lost)
    : loop_(loop), on_arrived_(std::move(on_arrived)), on_lost_(std::move(on_lost)) {}

Arrivals::~Arrivals() = default;

void Arrivals::take(std::unique_ptr<net::Stream> client, std::shared_ptr<net::TlsContext> tls,
                    Nanos patience) {
  arrivals_.push_back(std::make_unique<Arrival>(*this, std::move(client), std::move(tls), patience));
  arrivals_.back()->place = arrivals_.size() - 1;
  arrivals_.back()->start();
}

// It is in one of its own callbacks: the loop buries it.
void Arrivals::leave(Arrival& arrival) {
  const size_t place = arrival.place;
  arrival.dismiss();
  std::swap(arrivals_[place], arrivals_.back());
  arrivals_[place]->place = place;
  loop_.retire(std::move(arrivals_.back()));
  arrivals_.pop_back();
}

void Arrivals::arrived(Arrival& arrival, std::unique_ptr<net::Stream> client) {
  leave(arrival);
  on_arrived_(std::move(client));
}

void Arrivals::lost(Arrival& arrival) {
  leave(arrival);
  on_lost_();
}

void Arrivals::cut() {
  while (!arrivals_.empty()) lost(*arrivals_.back());
}

}  // namespace umbra::relay
