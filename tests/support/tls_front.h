// TlsFront: ends TLS on a port of the kernel's choice on 127.0.0.1 and passes what it reads on to another
// port there, a thread a connection: a ScriptedOrigin behind it is one that speaks TLS.  Made of OpenSSL's
// own blocking calls, so that umbra's stream is not tested against itself.
//
// An end, a close_notify and a reset of one side become the same on the other.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "support/certificates.h"
#include "umbra/net/address.h"

struct ssl_ctx_st;
struct ssl_st;

namespace umbra::support {

class TlsFront {
 public:
  TlsFront(uint16_t plain_port, const Identity& own);
  ~TlsFront();  // ends all connections, joins all threads
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  uint16_t port() const noexcept { return port_; }
  net::Address address() const { return {net::Address::Kind::tcp, "127.0.0.1", port_, ""}; }
  // For connections that are accepted from now on.
  void use(const Identity& own);

  size_t handshakes() const noexcept { return handshakes_; }  // that came to their end
  size_t resumed() const noexcept { return resumed_; }        // ... and resumed a session
  size_t refused() const noexcept { return refused_; }        // that failed

 private:
  void accept_loop();
  void serve(int fd, ssl_st* connection);
  void pump(int fd, ssl_st* connection, int plain) const;

  uint16_t plain_port_;
  int listener_;
  int stop_;
  uint16_t port_;
  std::mutex mutex_;
  ssl_ctx_st* context_ = nullptr;  // under the mutex
  std::atomic<size_t> handshakes_ = 0;
  std::atomic<size_t> resumed_ = 0;
  std::atomic<size_t> refused_ = 0;
  std::vector<std::thread> threads_;  // the acceptor's
  std::thread acceptor_;
};

}  // namespace umbra::support
