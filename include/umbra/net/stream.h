// Stream: a connected byte stream.  StreamListener: what its one user hears of it.
//
// No call ever calls back into its caller: what fails now is returned, what fails later arrives through
// the listener, from the loop.  Owned by a session or a client connection; the loop's thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/chunk.h"
#include "umbra/net/loop.h"

namespace umbra::net {

class StreamListener {
 public:
  virtual void on_bytes(std::string_view bytes) = 0;  // in the loop's read buffer, valid until return
  virtual void on_end() = 0;                          // the peer sends no more; we still may
  virtual void on_drained() = 0;                      // the queue fell to Stream::low_water
  // A queued write failed.  What the peer sent before may still be read: on_end or on_failed follows
  // if reading is on.
  virtual void on_write_failed(const Error& error) = 0;
  virtual void on_failed(const Error& error) = 0;  // reading failed; at most once, and the last call

 protected:
  ~StreamListener() = default;  // listeners are never owned through this
};

class Stream : public Retirable {
 public:
  virtual void listen_to(StreamListener* listener) = 0;
  virtual void start_reading() = 0;
  virtual void stop_reading() = 0;

  // Gives the kernel what it takes now and returns how much; 0 while earlier bytes are queued.
  virtual Result<size_t> try_write(std::span<const std::string_view> parts) = 0;
  // Queues the slices behind what is queued already.
  virtual Result<void> write(std::vector<Slice> slices) = 0;
  // Memory that the queue holds: its bytes, and what keeping each write costs.  0 when it is empty.
  virtual size_t queued_bytes() const = 0;
  virtual void set_low_water(size_t bytes) = 0;

  // Sends FIN behind the queued bytes.
  virtual void end_writing() = 0;
  // Closes with RST, so that the peer cannot take what it has for the whole; the object is then dead.
  virtual void abort() = 0;
  // Lets the kernel find out whether the peer still holds the connection; peer_gone() then tells.
  virtual void probe_peer() = 0;
  virtual bool peer_gone() const = 0;
  // At most so many bytes a read.
  virtual void limit_reads(unsigned bytes) = 0;
  // The peer's address, for logs; empty for unix sockets.
  virtual std::string peer() const = 0;
  // Our own address on this connection, written in the same way.
  virtual std::string local() const { return ""; }
};

}  // namespace umbra::net
