// MessageReader: cuts one direction of a connection into messages.  Bytes in, events out; it owns no
// socket and never calls back: the caller takes event after event until it needs more bytes.
//
// The verdict does not depend on how the bytes were cut into reads.  After a fault (or a tunnel) the
// reader is spent: nothing more can be said of the direction.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "umbra/http/chunked.h"
#include "umbra/http/framing.h"

namespace umbra::http {

struct Event {
  enum class Kind : uint8_t { more, head, body, tunnel, fault };
  Kind kind = Kind::more;
  bool last = false;         // head, body: the message ends here
  bool until_close = false;  // head: the body ends with the connection
  Opaque fault = Opaque::none;
  std::string_view bytes{};  // body: as framed on the wire, chunk sizes and trailers included
};

class MessageReader {
 public:
  MessageReader(Side side, size_t head_max) : side_(side), head_max_(head_max) {}

  // Takes one event's bytes from the front of `input`.  A head event fills `head`, whose views point into
  // the input or into this reader; they hold over the events of its body until forget_head().
  // `request` says what a response answers; for requests it is not used.
  Event next(std::string_view& input, Head& head, AnswerTo request = AnswerTo::other);

  // Lets go of the memory behind the last head.
  void forget_head() noexcept;
  // Bytes of a head that has not come whole.
  size_t held_bytes() const noexcept { return head_given_ ? 0 : stash_.size(); }

  // At the end of the stream: whether that ends the last message rightly.
  bool may_end() const noexcept;
  // Whether no byte of a further message has come.
  bool between_messages() const noexcept { return state_ == State::start && held_bytes() == 0; }
  bool saw_bytes() const noexcept { return saw_bytes_; }

  // More CR LF than this before a request line is not what RFC 9112 section 2.2 had in mind.
  static constexpr uint8_t kEmptyLinesMax = 4;

 private:
  enum class State : uint8_t { start, length, chunked, until_close, spent };
  Event read_head(std::string_view& input, Head& head, AnswerTo request);
  Event take_head(std::string_view head_bytes, Head& head, AnswerTo request);
  Event read_body(std::string_view& input);
  Event stash(std::string_view& input, Head& head, AnswerTo request);
  Event fault(Opaque reason);
  bool skip_empty_lines(std::string_view& input);

  Side side_;
  State state_ = State::start;
  uint8_t empty_lines_ = 0;
  bool half_empty_line_ = false;  // its CR has come
  bool saw_bytes_ = false;
  bool head_given_ = false;  // what stash_ holds has gone out as a head event
  size_t head_max_;
  uint64_t left_ = 0;
  size_t searched_ = 0;  // of stash_, for line ends
  std::string stash_;    // a head that came in pieces
  std::unique_ptr<ChunkedReader> chunked_;
};

}  // namespace umbra::http
