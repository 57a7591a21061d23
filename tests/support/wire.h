// Wire: one end of a TCP connection with blocking verbs, each of which ends by its deadline.
//
// What the test client and the scripted origins are made of.  Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/http_bytes.h"

namespace umbra::support {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

// Longer than anything that works takes, also under a sanitizer on a busy machine.
inline constexpr Millis kPatience{30'000};

// How the peer's side stands, as far as reading has told.
enum class Ending : uint8_t { open, eof, reset };
std::string_view name_of(Ending ending);

class Wire {
 public:
  // Takes the connected socket.  Every wait also ends when `stop_fd` becomes readable (-1: none).
  explicit Wire(int fd, int stop_fd = -1);
  virtual ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Sends all of it; false when the peer has gone, or takes nothing for that long.
  bool send(std::string_view bytes, Millis patience = kPatience);
  // Sends `part` bytes at a time with a pause between, and gives up when the peer has gone.
  bool send_slowly(std::string_view bytes, size_t part, Millis pause);
  // Sends the bytes cut at the given offsets: the peer has read one part before the next one leaves.
  // A peer that does not read is waited for only kPeerReads.
  bool send_cut(std::string_view bytes, const std::vector<size_t>& offsets);
  bool send_byte_by_byte(std::string_view bytes);

  // The reading verbs return less than they promise when the peer ended first or the time is over.
  std::string read_some(Millis patience = kPatience);  // what is there, at least a byte
  std::string read_exactly(size_t size, Millis patience = kPatience);
  std::string read_until(std::string_view mark, Millis patience = kPatience);  // with the mark
  std::string read_until_eof(Millis patience = kPatience);
  // One message, raw, from its first byte to its last.
  std::string read_message(MessageKind kind, Millis patience = kPatience);
  // What has been read and not been asked for is lost.
  void forget_unread() noexcept { taken_ = buffer_.size(); }
  // Reads and drops until the peer has ended.
  bool wait_for_end(Millis patience = kPatience);

  void half_close();
  void close();
  void reset();  // RST instead of FIN

  Ending ending() const noexcept { return ending_; }
  bool is_open() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

  static constexpr Millis kPeerReads{200};

 protected:
  virtual void on_received(std::string_view) {}
  // Waits until the socket is ready for `events`; false: the deadline has passed, or all shall stop.
  bool wait_for(short events, Clock::time_point deadline) const;
  int stop_fd() const noexcept { return stop_fd_; }
  bool stopping() const;

 private:
  bool fill(Clock::time_point deadline);
  std::string take(size_t size);
  std::string_view unread() const noexcept { return std::string_view(buffer_).substr(taken_); }

  int fd_;
  int stop_fd_;
  std::string buffer_;
  size_t taken_ = 0;  // of the buffer
  Ending ending_ = Ending::open;
};

// A socket connected to 127.0.0.1:port, or -1 with errno.
int connect_to(uint16_t port, Millis patience = kPatience);

}  // namespace umbra::support
