#include "umbra/net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "umbra/net/resolver.h"

namespace umbra::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn
constexpr unsigned kBurstMax = 64;
constexpr Nanos kRetryAfter = 100 * kMillisecond;
// A client whose machine vanished would hold its session for ever; the app alone would have been spared
// by its own keep-alive or not at all.
constexpr int kKeepAliveIdleSeconds = 60;

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

// What an accepted socket inherits on Linux, so that no call is needed per connection.
void set_inherited_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
}

Result<int> open_tcp(const SocketAddress& where, socklen_t size, bool dual_stack, bool shared) {
  const int fd = ::socket(where.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno_failure(errno);
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (shared) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (where.get()->sa_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, dual_stack ? 0 : 1);
  set_inherited_options(fd);
  if (::bind(fd, where.get(), size) == 0 && ::listen(fd, kBacklog) == 0) return fd;
  const Error error = errno_failure(errno);
  ::close(fd);
  return error;
}

Result<int> open_tcp(const Address& address, bool shared) {
  const bool any = address.host.empty() || address.host == "::";
  SocketAddress where;
  if (any) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&where.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    auto fd = open_tcp(where, sizeof(sockaddr_in6), true, shared);
    if (fd || fd.error().code == Errc::in_use) return fd;
    // A machine without IPv6 (a container may be one): all of IPv4 then.
    where = *literal_address("0.0.0.0", address.port);
    return open_tcp(where, sizeof(sockaddr_in), false, shared);
  }
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  const auto known = literal_address(host, address.port);
  if (!known) return Error{Errc::bad_config, "the host to listen on must be an IP address"};
  const bool v6 = known->get()->sa_family == AF_INET6;
  return open_tcp(*known, v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in), false, shared);
}

Result<int> open_unix(const std::string& path) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.size() >= sizeof where.sun_path) return Error{Errc::bad_config, "the path is too long"};
  std::memcpy(where.sun_path, path.data(), path.size());
  const auto* any = reinterpret_cast<const sockaddr*>(&where);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno_failure(errno);
  int rc = ::bind(fd, any, sizeof where);
  if (rc < 0 && errno == EADDRINUSE) {
    // Left behind by a process that has gone?  Only then may it be taken over.
    struct stat entry {};
    const bool is_socket = ::lstat(path.c_str(), &entry) == 0 && S_ISSOCK(entry.st_mode);
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool dead = is_socket && ::connect(probe, any, sizeof where) < 0 && errno == ECONNREFUSED;
    ::close(probe);
    errno = EADDRINUSE;
    if (dead && ::unlink(path.c_str()) == 0) rc = ::bind(fd, any, sizeof where);
  }
  if (rc == 0 && ::listen(fd, kBacklog) == 0) return fd;
  const Error error = errno_failure(errno);
  ::close(fd);
  return error;
}

// Where a socket is bound.
Address address_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  Address address;
  if (bound.ss_family == AF_UNIX) {
    const auto* where = reinterpret_cast<const sockaddr_un*>(&bound);
    address.kind = Address::Kind::unix_path;
    // An abstract name begins with a zero, and cannot be written as an address.
    address.path.assign(where->sun_path, ::strnlen(where->sun_path, sizeof where->sun_path));
    return address;
  }
  char text[INET6_ADDRSTRLEN] = "";
  if (bound.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&bound);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    address.port = ntohs(v6->sin6_port);
  } else {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&bound);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    address.port = ntohs(v4->sin_port);
  }
  address.host = text;
  return address;
}

}  // namespace

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), address_(std::move(other.address_)), adopted_(other.adopted_) {}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(address_, other.address_);
  std::swap(adopted_, other.adopted_);
  return *this;
}

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<ListenSocket> ListenSocket::open(const Address& address, bool shared) {
  const bool unix_path = address.kind == Address::Kind::unix_path;
  const auto fd = unix_path ? open_unix(address.path) : open_tcp(address, shared);
  if (!fd) return fd.error();
  ListenSocket socket;
  socket.fd_ = *fd;
  socket.address_ = address;
  if (!unix_path && address.port == 0) socket.address_.port = address_of(socket.fd_).port;
  return socket;
}

Result<ListenSocket> ListenSocket::adopt(int fd) {
  int type = 0;
  int listening = 0;
  socklen_t size = sizeof type;
  const bool known = ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
                     ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0;
  if (!known || type != SOCK_STREAM || listening == 0) {
    return Error{Errc::bad_config, "a stream socket that listens is expected"};
  }
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ListenSocket socket;
  socket.fd_ = fd;
  socket.address_ = address_of(fd);
  socket.adopted_ = true;
  if (!socket.is_unix()) set_inherited_options(fd);
  return socket;
}

Result<ListenSocket> ListenSocket::duplicate() const {
  ListenSocket copy;
  copy.fd_ = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy.fd_ < 0) return errno_failure(errno);
  copy.address_ = address_;
  copy.adopted_ = adopted_;
  return copy;
}

void ListenSocket::unlink_path() const {
  if (is_unix() && !adopted_) ::unlink(address_.path.c_str());
}

Listener::Listener(Loop& loop, ListenSocket socket, Log& log, OnAccepted on_accepted)
    : socket_(std::move(socket)),
      log_(log),
      on_accepted_(std::move(on_accepted)),
      retry_(loop, [this] { resume(); }) {
  auto poll = Handle<uv_poll_t>::open(loop.uv(), this, uv_poll_init, socket_.fd());
  UMBRA_CHECK(poll);
  poll_ = std::move(*poll);
}

Listener::~Listener() { poll_.reset(); }

Result<void> Listener::start() {
  const int rc = uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    if (auto* self = owner_of<Listener>(poll)) self->accept_ready();
  });
  if (rc < 0) return uv_failure(rc);
  return {};
}

// One connection a turn at first, so that a lone one costs no call that finds nothing; as many more as
// keep coming.
void Listener::accept_ready() {
  for (unsigned taken = 0; taken < burst_; ++taken) {
    const int fd = ::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        burst_ = 1;
        return;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      pause(std::strerror(errno));
      return retry_.start_once(kRetryAfter);
    }
    if (!on_accepted_(fd, socket_.is_unix())) return pause("as many sessions as this worker may hold");
  }
  burst_ = burst_ < kBurstMax ? burst_ * 2 : kBurstMax;
}

void Listener::accept_waiting() {
  if (paused_) return;
  burst_ = kBacklog;
  accept_ready();
}

void Listener::pause(std::string_view why) {
  if (!paused_) ++times_paused_;
  paused_ = true;
  uv_poll_stop(poll_.get());
  uint64_t held_back = 0;
  if (pause_log_.open(monotonic_now(), held_back)) {
    log_.warn("accepting pauses: " + std::string(why), {{"listen", socket_.address().text()}});
  }
}

void Listener::resume() {
  if (!std::exchange(paused_, false)) return;
  retry_.stop();
  burst_ = 1;
  if (const auto started = start(); !started) {
    pause(started.error().detail);
    retry_.start_once(kRetryAfter);
  }
}

}  // namespace umbra::net
