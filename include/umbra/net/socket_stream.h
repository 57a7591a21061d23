// SocketStream: a Stream over a TCP or unix socket.
#pragma once

#include <memory>

#include "umbra/net/stream.h"

namespace umbra::net {

// Room for either kind of handle, seen by libuv as a uv_stream_t.
struct Socket {
  union {
    void* data;  // libuv: the first member of every handle
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  };
};

class SocketStream final : public Stream {
 public:
  // A socket that accept(2) gave; it must be non-blocking already.
  static Result<std::unique_ptr<SocketStream>> adopt(Loop& loop, int fd, bool unix_path);
  SocketStream() = default;
  // One that a Connector has connected.
  void adopt(Handle<Socket> connected);

  void listen_to(StreamListener* listener) override { listener_ = listener; }
  void start_reading() override;
  void stop_reading() override;
  Result<size_t> try_write(std::span<const std::string_view> parts) override;
  Result<void> write(std::vector<Slice> slices) override;
  size_t queued_bytes() const override { return queued_; }
  void set_low_water(size_t bytes) override { low_water_ = bytes; }
  void end_writing() override;
  void abort() override;
  void probe_peer() override;
  bool peer_gone() const override;
  void limit_reads(unsigned bytes) override { read_max_ = bytes; }
  std::string peer() const override;
  std::string local() const override;

 private:
  struct WriteRequest;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_write_done(uv_write_t* request, int status);
  void shut_down_now();
  bool was_reset() const;
  ssize_t send_parts(std::span<const std::string_view> parts) const;

  Handle<Socket> socket_;
  int fd_ = -1;  // of socket_
  StreamListener* listener_ = nullptr;
  size_t queued_ = 0;
  size_t low_water_ = 0;
  unsigned read_max_ = Loop::kReadBuffer;
  bool ending_ = false;
  bool failed_ = false;
};

}  // namespace umbra::net
