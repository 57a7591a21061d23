#include "umbra/net/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace umbra::net {

// uv_getaddrinfo is tied to no handle and may not be cancelled once a thread has it: the request lives
// on its own and finds no owner if the resolver has gone.
struct Resolver::Lookup {
  uv_getaddrinfo_t request{};
  Resolver* owner = nullptr;
};

Result<SocketAddress> literal_address(const std::string& host, uint16_t port) {
  SocketAddress out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  if (uv_ip4_addr(host.c_str(), port, v4) == 0) return out;
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (uv_ip6_addr(host.c_str(), port, v6) == 0) return out;
  return Error{Errc::unresolved, "not an IP address"};
}

Resolver::Resolver(Loop& loop, Address address, Use use)
    : loop_(loop), address_(std::move(address)), use_(use) {
  literal_ = is_unix();
  if (literal_) return;
  if (const auto known = literal_address(address_.host, address_.port)) {
    addresses_.push_back(*known);
    literal_ = true;
  }
}

Resolver::~Resolver() {
  if (lookup_ == nullptr) return;
  lookup_->owner = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&lookup_->request));
}

const std::vector<SocketAddress>& Resolver::addresses(Nanos now) {
  if (!literal_ && lookup_ == nullptr && now >= next_lookup_) start_lookup();
  return addresses_;
}

std::vector<SocketAddress> Resolver::choices(Nanos now) {
  const auto& all = addresses(now);
  return use_ == Use::in_turn ? turns_.order(all, now) : all;
}

void Resolver::report(const SocketAddress& address, bool connected, Nanos now) {
  if (use_ == Use::in_turn && addresses_.size() > 1) turns_.report(address, connected, now);
}

void Resolver::forget(Waiter* waiter) { std::erase(waiters_, waiter); }

void Resolver::start_lookup() {
  auto lookup = std::make_unique<Lookup>();
  lookup->owner = this;
  lookup->request.data = lookup.get();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  const std::string service = std::to_string(address_.port);
  const int rc = uv_getaddrinfo(
      loop_.uv(), &lookup->request,
      [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
        const std::unique_ptr<Lookup> done(static_cast<Lookup*>(request->data));
        if (done->owner != nullptr) done->owner->finish(status, found);
        uv_freeaddrinfo(found);
      },
      address_.host.c_str(), service.c_str(), &hints);
  if (rc < 0) return finish(rc, nullptr);
  lookup_ = lookup.release();
}

void Resolver::finish(int status, addrinfo* found) {
  lookup_ = nullptr;
  if (status < 0) {
    failure_ = {Errc::unresolved, uv_strerror(status)};
    next_lookup_ = monotonic_now() + kRetry;
  } else {
    addresses_.clear();
    for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
      std::memcpy(&addresses_.emplace_back().storage, item->ai_addr, item->ai_addrlen);
    }
    next_lookup_ = monotonic_now() + kFresh;
  }
  while (!waiters_.empty()) {  // one that hears it may make another one forget
    Waiter* waiter = waiters_.back();
    waiters_.pop_back();
    waiter->on_resolved();
  }
}

}  // namespace umbra::net
