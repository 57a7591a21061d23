// Resolver: keeps one address resolved.  An IP literal or a unix path is known at once; a name is looked
// up off the loop, kept for 30 s, and kept longer when a refresh fails (design, section 4).
//
// Owned by whoever connects there (a worker for its app, a shadow for itself); the loop's thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/net/address.h"
#include "umbra/net/address_turns.h"
#include "umbra/net/loop.h"

namespace umbra::net {

// An IP literal's address; an error for a name.
Result<SocketAddress> literal_address(const std::string& host, uint16_t port);

class Resolver {
 public:
  class Waiter {
   public:
    virtual void on_resolved() = 0;  // or failed: addresses() is empty then, failure() says why

   protected:
    ~Waiter() = default;
  };

  // How the addresses of a name are tried.  in_order: as the system gave them.  in_turn: each connect begins
  // with the next one, and those that lately could not be connected come last.
  enum class Use : uint8_t { in_order, in_turn };

  Resolver(Loop& loop, Address address, Use use = Use::in_order);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  const Address& address() const noexcept { return address_; }
  bool is_unix() const noexcept { return address_.kind == Address::Kind::unix_path; }

  // What is known now.  Starts a look-up when there is nothing or it is stale; a stale answer is still
  // given.  Unix paths have no socket addresses.
  const std::vector<SocketAddress>& addresses(Nanos now);
  // What is known now, in the order in which to try it.
  std::vector<SocketAddress> choices(Nanos now);
  // How trying one of them ended.
  void report(const SocketAddress& address, bool connected, Nanos now);
  Use use() const noexcept { return use_; }
  bool looking_up() const noexcept { return lookup_ != nullptr; }
  const Error& failure() const noexcept { return failure_; }

  // Called once, when the look-up under way ends.
  void wait(Waiter* waiter) { waiters_.push_back(waiter); }
  void forget(Waiter* waiter);

  static constexpr Nanos kFresh = 30 * kSecond;
  static constexpr Nanos kRetry = kSecond;  // after a failure

 private:
  struct Lookup;
  void start_lookup();
  void finish(int status, addrinfo* found);

  Loop& loop_;
  Address address_;
  Use use_;
  std::vector<SocketAddress> addresses_;
  AddressTurns turns_;
  Error failure_{Errc::unresolved, "not looked up yet"};
  bool literal_ = false;
  Nanos next_lookup_ = 0;
  Lookup* lookup_ = nullptr;  // belongs to the loop
  std::vector<Waiter*> waiters_;
};

}  // namespace umbra::net
