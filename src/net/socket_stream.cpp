#include "umbra/net/socket_stream.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace umbra::net {
namespace {

constexpr unsigned kProbeSeconds = 60;
constexpr size_t kPartsMax = 64;

std::string text_of(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {  // a dual-stack listener shows IPv4 clients so
      inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text.data(), text.size());
      return fmt::format("{}:{}", text.data(), ntohs(v6->sin6_port));
    }
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    return fmt::format("[{}]:{}", text.data(), ntohs(v6->sin6_port));
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
  inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  return fmt::format("{}:{}", text.data(), ntohs(v4->sin_port));
}

}  // namespace

// Belongs to the loop while libuv writes; it keeps the bytes alive.
struct SocketStream::WriteRequest {
  uv_write_t request{};
  std::vector<Slice> slices;
  size_t cost = 0;
};

Result<std::unique_ptr<SocketStream>> SocketStream::adopt(Loop& loop, int fd, bool unix_path) {
  auto self = std::make_unique<SocketStream>();
  auto socket =
      unix_path ? Handle<Socket>::open(loop.uv(), self.get(),
                                       [](uv_loop_t* l, Socket* s) { return uv_pipe_init(l, &s->pipe, 0); })
                : Handle<Socket>::open(loop.uv(), self.get(),
                                       [](uv_loop_t* l, Socket* s) { return uv_tcp_init(l, &s->tcp); });
  if (!socket) return socket.error();
  const int rc =
      unix_path ? uv_pipe_open(&(*socket).get()->pipe, fd) : uv_tcp_open(&(*socket).get()->tcp, fd);
  if (rc < 0) return uv_failure(rc);
  self->socket_ = std::move(*socket);
  self->fd_ = fd;
  return self;
}

void SocketStream::adopt(Handle<Socket> connected) {
  socket_ = std::move(connected);
  socket_.get()->data = this;
  uv_fileno(reinterpret_cast<uv_handle_t*>(socket_.get()), &fd_);
}

void SocketStream::start_reading() {
  if (!socket_ || failed_) return;
  uv_read_start(
      &socket_.get()->stream,
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        *buffer = Loop::of(handle->loop).read_buffer();
        if (const auto* self = owner_of<SocketStream>(handle)) buffer->len = self->read_max_;
      },
      on_read);
}

void SocketStream::stop_reading() {
  if (socket_) uv_read_stop(&socket_.get()->stream);
}

void SocketStream::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* self = owner_of<SocketStream>(stream);
  if (self == nullptr || self->listener_ == nullptr || size == 0) return;
  if (size > 0) return self->listener_->on_bytes({buffer->base, static_cast<size_t>(size)});
  uv_read_stop(stream);
  const bool reset = size == UV_EOF && self->was_reset();
  if (size == UV_EOF && !reset) return self->listener_->on_end();
  if (std::exchange(self->failed_, true)) return;
  self->listener_->on_failed(uv_failure(reset ? UV_ECONNRESET : static_cast<int>(size)));
}

// After a short read libuv takes POLLHUP for the end, also when the peer has reset the connection: only the
// socket knows.  A reset that came behind a FIN leaves EPIPE there, and the end was an end.
bool SocketStream::was_reset() const {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == ECONNRESET;
}

// Not uv_try_write: send(2) spares the file layer that write(2) goes through, on the call that every
// exchange makes twice and every copy once.  libuv's own queue must be empty, or bytes would overtake it.
Result<size_t> SocketStream::try_write(std::span<const std::string_view> parts) {
  if (!socket_ || failed_) return Error{Errc::reset, "closed"};
  if (queued_ > 0) return size_t{0};
  ssize_t sent = 0;
  do {
    sent = parts.size() == 1 ? ::send(fd_, parts[0].data(), parts[0].size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                             : send_parts(parts);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return static_cast<size_t>(sent);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return size_t{0};
  return errno_failure(errno);
}

ssize_t SocketStream::send_parts(std::span<const std::string_view> parts) const {
  std::array<iovec, kPartsMax> vectors;
  const size_t count = std::min(parts.size(), vectors.size());
  for (size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

Result<void> SocketStream::write(std::vector<Slice> slices) {
  if (!socket_ || failed_) return Error{Errc::reset, "closed"};
  auto write = std::make_unique<WriteRequest>();
  write->cost = sizeof(WriteRequest);
  write->request.data = write.get();
  std::vector<uv_buf_t> buffers;
  buffers.reserve(slices.size());
  for (const Slice& slice : slices) {
    buffers.push_back(uv_buf_init(const_cast<char*>(slice.view().data()), static_cast<unsigned>(slice.size)));
    write->cost += slice.size + sizeof(Slice);
  }
  write->slices = std::move(slices);
  const int rc = uv_write(&write->request, &socket_.get()->stream, buffers.data(),
                          static_cast<unsigned>(buffers.size()), on_write_done);
  if (rc < 0) return uv_failure(rc);
  queued_ += write.release()->cost;  // the loop owns the request now
  return {};
}

void SocketStream::on_write_done(uv_write_t* request, int status) {
  const std::unique_ptr<WriteRequest> done(static_cast<WriteRequest*>(request->data));
  auto* self = owner_of<SocketStream>(request->handle);
  if (self == nullptr) return;  // closed meanwhile; the slices die with `done`
  const size_t before = std::exchange(self->queued_, self->queued_ - done->cost);
  if (self->listener_ == nullptr) return;
  if (status < 0) return self->listener_->on_write_failed(uv_failure(status));
  if (self->ending_ && self->queued_ == 0) self->shut_down_now();
  if (before > self->low_water_ && self->queued_ <= self->low_water_) self->listener_->on_drained();
}

void SocketStream::end_writing() {
  ending_ = true;
  if (queued_ == 0) shut_down_now();
}

// uv_shutdown would wait for a turn of the loop and cost an epoll_ctl; with an empty queue the plain
// call does the same at once.
void SocketStream::shut_down_now() {
  if (socket_) ::shutdown(fd_, SHUT_WR);
}

void SocketStream::probe_peer() {
  if (socket_ && socket_.get()->stream.type == UV_TCP)
    uv_tcp_keepalive(&socket_.get()->tcp, 1, kProbeSeconds);
}

bool SocketStream::peer_gone() const {
  if (!socket_) return true;
  pollfd asked{fd_, 0, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

void SocketStream::abort() {
  listener_ = nullptr;
  if (!socket_) return;
  if (socket_.get()->stream.type == UV_TCP) {
    Socket* raw = socket_.release();
    if (uv_tcp_close_reset(&raw->tcp, Handle<Socket>::free_closed) < 0) {
      uv_close(reinterpret_cast<uv_handle_t*>(raw), Handle<Socket>::free_closed);
    }
    return;
  }
  socket_.reset();
}

std::string SocketStream::peer() const {
  sockaddr_storage storage{};
  int length = sizeof(storage);
  if (!socket_ || socket_.get()->stream.type != UV_TCP) return "";
  const int rc = uv_tcp_getpeername(&socket_.get()->tcp, reinterpret_cast<sockaddr*>(&storage), &length);
  return rc < 0 ? "" : text_of(storage);
}

std::string SocketStream::local() const {
  sockaddr_storage storage{};
  int length = sizeof(storage);
  if (!socket_ || socket_.get()->stream.type != UV_TCP) return "";
  const int rc = uv_tcp_getsockname(&socket_.get()->tcp, reinterpret_cast<sockaddr*>(&storage), &length);
  return rc < 0 ? "" : text_of(storage);
}

}  // namespace umbra::net
