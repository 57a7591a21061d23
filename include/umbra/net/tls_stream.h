// TlsStream: a Stream over another Stream, encrypted.  A TlsHandshake makes it.
//
// Nothing is buffered in between: ciphertext goes to the stream below at once and waits in its queue, which
// is what queued_bytes() counts; what a read brings is decrypted into the loop's plain_buffer().  Of what has
// come in at most one read is kept while reading is paused, and one record that is not whole yet.
//
// What differs from a socket's stream: try_write() hands over whole records, so that a part of the last one
// may be queued though all was taken (on_drained follows).  end_writing() says close_notify before the FIN.
// on_end() means the peer's close_notify; an end without it is on_failed with Errc::truncated, for what came
// before may have been cut by anyone (RFC 9112, section 9.8); writing may go on, as after an end.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "umbra/net/stream.h"
#include "umbra/net/tls_context.h"

struct bio_method_st;
struct bio_st;

namespace umbra::net {

class TlsStream final : public Stream, private StreamListener {
 public:
  TlsStream(Loop& loop, std::unique_ptr<Stream> below, std::shared_ptr<TlsContext> context);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Called once, from the loop; the error is Errc::tls.  Before that nothing can be read or written.
  using OnHandshake = std::function<void(const Result<void>& result)>;
  void shake_hands(OnHandshake done);
  // The handshake resumed a session.
  bool resumed() const;
  // What ALPN chose; empty: nothing.
  std::string_view protocol() const;

  void listen_to(StreamListener* listener) override { listener_ = listener; }
  void start_reading() override;
  void stop_reading() override;
  Result<size_t> try_write(std::span<const std::string_view> parts) override;
  Result<void> write(std::vector<Slice> slices) override;
  size_t queued_bytes() const override { return below_->queued_bytes(); }
  void set_low_water(size_t bytes) override { below_->set_low_water(bytes); }
  void end_writing() override;
  void abort() override;
  void probe_peer() override { below_->probe_peer(); }
  bool peer_gone() const override { return below_->peer_gone(); }
  // With a limit, one full read of the stream below is served in a turn of the loop.
  void limit_reads(unsigned bytes) override;
  std::string peer() const override { return below_->peer(); }
  std::string local() const override { return below_->local(); }

  // Answers to the peer's own doing (alerts) may wait up to here; a peer that asks for more and reads nothing
  // is given up.
  static constexpr size_t kRepliesMax = 1024 * 1024;

 private:
  struct Wire;  // the library's side: reads input_, writes to below_
  enum class State : uint8_t { shaking_hands, open, failed };

  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_write_failed(const Error& error) override;
  void on_failed(const Error& error) override;

  std::optional<Error> step_handshake();
  void end_handshake(Result<void> result);
  Error handshake_failure() const;
  void deliver();
  size_t decrypt(uv_buf_t into);
  void note_read_failure(int result);
  void report_end();
  Result<void> encrypt(std::string_view record);
  void send(std::string_view ciphertext);
  void say_end();
  void read_below(bool on);
  void wake_later();
  void on_later();

  Loop& loop_;
  std::unique_ptr<Stream> below_;
  std::shared_ptr<TlsContext> context_;
  ssl_st* connection_ = nullptr;
  StreamListener* listener_ = nullptr;
  OnHandshake on_handshake_;
  State state_ = State::shaking_hands;
  std::string_view input_;  // ciphertext that is being taken
  std::string held_;        // ... that came before reading was paused
  std::optional<Error> read_failure_;
  std::optional<Error> write_failure_;
  bool* died_ = nullptr;  // of deliver(), told by the destructor
  Handle<uv_timer_t> later_;
  unsigned read_max_ = Loop::kReadBuffer;
  bool reading_ = false;
  bool reading_below_ = false;
  bool writing_ = false;   // ciphertext is of the caller's bytes
  bool got_end_ = false;   // the peer's close_notify
  bool told_end_ = false;  // ... and the listener knows
  bool ending_ = false;
};

}  // namespace umbra::net
