#include "support/tls_front.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "support/loopback.h"
#include "support/wire.h"
#include "umbra/base/check.h"

namespace umbra::support {
namespace {

SSL_CTX* make_context(const Identity& own) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  UMBRA_CHECK(SSL_CTX_use_certificate_chain_file(context, own.cert_file.c_str()) == 1);
  UMBRA_CHECK(SSL_CTX_use_PrivateKey_file(context, own.key_file.c_str(), SSL_FILETYPE_PEM) == 1);
  return context;
}

// Waits until one of them is ready.  False: to be stopped, or nothing has come for too long.
bool wait(int stop, std::array<pollfd, 2>& watched) {
  std::array<pollfd, 3> all{watched[0], watched[1], pollfd{stop, POLLIN, 0}};
  const int ready = ::poll(all.data(), all.size(), static_cast<int>(kPatience.count()));
  watched = {all[0], all[1]};
  return ready > 0 && all[2].revents == 0;
}

// False: the peer has gone, or it is to be stopped.
bool send_all(int stop, int fd, const char* bytes, size_t size) {
  while (size > 0) {
    std::array<pollfd, 2> watched{pollfd{fd, POLLOUT, 0}, pollfd{-1, 0, 0}};
    if (!wait(stop, watched)) return false;
    const ssize_t sent = ::send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

void block(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  const timeval deadline{kPatience.count() / 1000, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
}

void close_with_reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

TlsFront::TlsFront(uint16_t plain_port, const Identity& own)
    : plain_port_(plain_port),
      listener_(bind_to_loopback()),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      port_(port_of(listener_)) {
  ::signal(SIGPIPE, SIG_IGN);  // the library writes with write(2)
  use(own);
  UMBRA_CHECK(::listen(listener_, kBacklog) == 0);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TlsFront::~TlsFront() {
  UMBRA_CHECK(::eventfd_write(stop_, 1) == 0);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  SSL_CTX_free(context_);
  ::close(listener_);
  ::close(stop_);
}

void TlsFront::use(const Identity& own) {
  SSL_CTX* made = make_context(own);
  const std::lock_guard lock(mutex_);
  SSL_CTX_free(std::exchange(context_, made));
}

void TlsFront::accept_loop() {
  for (;;) {
    std::array<pollfd, 2> watched{pollfd{listener_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    ::poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0) return;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, fd, connection = SSL_new(context_)] { serve(fd, connection); });
  }
}

void TlsFront::serve(int fd, SSL* connection) {
  block(fd);
  SSL_set_fd(connection, fd);
  std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{-1, 0, 0}};
  if (wait(stop_, watched) && SSL_accept(connection) == 1) {
    ++handshakes_;
    if (SSL_session_reused(connection) == 1) ++resumed_;
    const int plain = connect_to(plain_port_, kPatience);
    if (plain < 0) {
      close_with_reset(fd);  // the origin reset it within the connect: so does this
    } else {
      block(plain);
      pump(fd, connection, plain);
      ::close(plain);
    }
  } else {
    ++refused_;
  }
  SSL_free(connection);
  ::close(fd);
}

void TlsFront::pump(int fd, SSL* connection, int plain) const {
  std::array<char, 16384> part;
  SSL_clear_mode(connection, SSL_MODE_AUTO_RETRY);
  std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{plain, POLLIN, 0}};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    if (SSL_pending(connection) == 0 && !wait(stop_, watched)) return;
    if (SSL_pending(connection) > 0 || watched[0].revents != 0) {
      ERR_clear_error();
      const int size = SSL_read(connection, part.data(), static_cast<int>(part.size()));
      const int why = SSL_get_error(connection, size);
      if (size > 0) {
        if (!send_all(stop_, plain, part.data(), static_cast<size_t>(size))) return close_with_reset(fd);
      } else if (why == SSL_ERROR_ZERO_RETURN) {
        ::shutdown(plain, SHUT_WR);
        watched[0].fd = -1;
      } else if (why != SSL_ERROR_WANT_READ) {
        return close_with_reset(plain);
      }
    }
    if (watched[1].revents == 0) continue;
    const ssize_t size = ::recv(plain, part.data(), part.size(), 0);
    if (size < 0) return close_with_reset(fd);
    if (size == 0) {
      SSL_shutdown(connection);
      ::shutdown(fd, SHUT_WR);
      watched[1].fd = -1;
    } else if (SSL_write(connection, part.data(), static_cast<int>(size)) <= 0) {
      return close_with_reset(plain);
    }
  }
}

}  // namespace umbra::support
