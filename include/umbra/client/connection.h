// Connection: an outgoing keep-alive HTTP/1.1 connection.  Requests go out in the order in which they are
// handed over; answers are read to their end, measured and dropped.
//
// Nothing is written before flush(), so that requests of one turn of the loop share a write.  Owned by a
// Pool; the loop's thread only.  The host is never called from inside hand(), pull_body() or flush(),
// except through on_closed, which is always the last call.
#pragma once

#include <memory>

#include "umbra/client/request.h"
#include "umbra/http/message_reader.h"
#include "umbra/net/tls_handshake.h"

namespace umbra::client {

class Connection;

struct Answer {
  unsigned status = 0;
  Nanos ended = 0;
  bool keeps_alive = false;  // the connection goes on, and the answer's end was certain
  // Of a 3xx answer to a request that wants it; empty also where there are several or it is longer than
  // kLocationMax.  Holds during on_answered.
  std::string_view location{};
};

enum class CloseReason : uint8_t {
  connect_unresolved,
  connect_timeout,
  connect_failed,
  connect_tls,  // no handshake, or a certificate that is not the target's
  answered,     // the last answer ended the connection, as announced
  closed,       // the peer sent FIN
  reset,
  tls,       // the target said or did what TLS does not allow, perhaps only now that it does not want us
  protocol,  // what came is no sound answer
};

class ConnectionHost {
 public:
  virtual http::Head& head_scratch() = 0;
  virtual void on_ready(Connection& connection) = 0;
  // `request` has left the connection's list.
  virtual void on_answered(Connection& connection, Request& request, const Answer& answer) = 0;
  // Bytes went to the kernel.
  virtual void on_sent(Connection& connection, size_t bytes) = 0;
  virtual void on_received(size_t bytes) = 0;
  // The connection wants a flush() at the end of the turn.
  virtual void on_needs_flush(Connection& connection) = 0;
  // It is dead; take_unanswered() has what it did not answer.
  virtual void on_closed(Connection& connection, CloseReason why) = 0;

 protected:
  ~ConnectionHost() = default;
};

class Connection final : public net::Retirable, public net::ConnectListener, public net::StreamListener {
 public:
  // `tls` null: in the clear.  The time is for connecting and the handshake together.
  Connection(net::Loop& loop, net::Resolver& target, ConnectionHost& host, Nanos connect_timeout,
             std::shared_ptr<net::TlsContext> tls = nullptr);
  ~Connection() override;

  bool ready() const noexcept { return stream_ != nullptr && !closed_; }
  bool closed() const noexcept { return closed_; }
  size_t unanswered() const noexcept { return unanswered_.size(); }
  Request& oldest() noexcept { return unanswered_.front(); }
  const Request& oldest() const noexcept { return unanswered_[0]; }
  // How many requests it was handed since it was opened.
  uint64_t taken() const noexcept { return taken_; }
  uint64_t answered() const noexcept { return taken_ - unanswered_.size(); }
  // Several requests were outstanding at once since it was last idle.
  bool pipelined() const noexcept { return pipelined_; }
  // When it last answered, or when the first request after idleness was written if that was later.
  Nanos busy_since() const noexcept { return busy_since_; }
  bool has_answered_since_idle() const noexcept { return answered_since_idle_; }
  // The last request's body is still coming: nothing may be handed behind it.
  bool streaming() const noexcept { return !unanswered_.empty() && unanswered_last_has_open_body(); }
  // How long the look-up and connecting have taken, without the handshake, and the handshake of TLS; 0: it
  // has not happened.
  Nanos connect_took() const noexcept { return connected_ == 0 ? 0 : connected_ - began_; }
  Nanos handshake_took() const noexcept { return secured_ == 0 ? 0 : secured_ - connected_; }
  // For people: why it could not be connected, or what was wrong with its TLS.
  const std::string& failure() const noexcept { return failure_; }
  // Whether the oldest request's answer has begun.
  bool answer_begun() const noexcept { return !answers_.between_messages(); }

  void hand(Request request, Nanos now);
  // Takes what waits in the body of the last request.
  void pull_body();
  void flush(Nanos now);
  // Closes without on_closed: with a reset when a request is half sent, so that the peer cannot take it
  // for the whole.
  void close();
  Ring<Request> take_unanswered() noexcept;

  // The pool's bookkeeping.
  bool flush_wanted = false;
  bool idle_listed = false;
  bool settled = false;  // its connecting has ended
  Nanos idle_since = 0;

  static constexpr size_t kHeadMax = 64 * 1024;  // of an answer
  static constexpr size_t kLocationMax = 8 * 1024;

 private:
  void on_connected(std::unique_ptr<net::Stream> stream) override;
  void on_connect_failed(const Error& error) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_write_failed(const Error& error) override;
  void on_failed(const Error& error) override;

  void shake_hands(std::unique_ptr<net::Stream> connected);
  void dismiss_attempts();
  bool unanswered_last_has_open_body() const noexcept;
  bool read_event(std::string_view& bytes, Nanos now);
  // `more`: bytes have come behind it.
  bool end_answer(Nanos now, bool more);
  void keep_location(const http::Head& head);
  size_t gather(std::string_view* parts, size_t most, size_t& bytes) const;
  void drop_sent(size_t bytes);
  void queue_rest();
  void die(CloseReason why);

  net::Loop& loop_;
  ConnectionHost& host_;
  std::shared_ptr<net::TlsContext> tls_;
  Nanos began_;
  Nanos connected_ = 0;
  Nanos secured_ = 0;
  Nanos connect_by_;  // 0: whenever
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<net::TlsHandshake> handshake_;
  std::unique_ptr<net::Stream> stream_;
  http::MessageReader answers_;
  Ring<Request> unanswered_;
  Ring<Slice> out_;
  size_t out_bytes_ = 0;
  size_t queued_ = 0;  // in the stream's queue, given to host_.on_sent when it has drained
  Answer answer_;
  std::string location_;  // from the answer's head to its end
  std::string failure_;
  uint64_t taken_ = 0;
  Nanos busy_since_ = 0;
  bool fresh_ = false;  // what was handed since it was idle has not been written
  bool answered_since_idle_ = false;
  bool pipelined_ = false;
  bool reading_paused_ = false;
  bool closed_ = false;
};

}  // namespace umbra::client
