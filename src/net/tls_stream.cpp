#include "umbra/net/tls_stream.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace umbra::net {
namespace {

constexpr size_t kRecordMax = SSL3_RT_MAX_PLAIN_LENGTH;  // 16 KiB, RFC 8446, section 5.1

// The oldest error is the cause; what follows it in the queue is its consequence.
std::string library_words() {
  const unsigned long code = ERR_peek_error();
  const char* words = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return words != nullptr ? words : "the peer closed the connection";
}

// Cuts parts into what records carry.  Small parts share a record, for which they are copied together.
class RecordCutter {
 public:
  explicit RecordCutter(std::span<const std::string_view> parts) : parts_(parts) { skip_empty(); }
  bool done() const noexcept { return parts_.empty(); }

  // Valid until the next call.
  std::string_view next() {
    std::string_view first = take(kRecordMax);
    if (first.size() == kRecordMax || done()) return first;
    size_t size = 0;
    for (;;) {
      std::memcpy(joined_.data() + size, first.data(), first.size());
      size += first.size();
      if (size == kRecordMax || done()) return {joined_.data(), size};
      first = take(kRecordMax - size);
    }
  }

 private:
  std::string_view take(size_t most) {
    const std::string_view taken = parts_.front().substr(offset_, most);
    offset_ += taken.size();
    if (offset_ == parts_.front().size()) {
      parts_ = parts_.subspan(1);
      offset_ = 0;
      skip_empty();
    }
    return taken;
  }
  void skip_empty() {
    while (!parts_.empty() && parts_.front().empty()) parts_ = parts_.subspan(1);
  }

  std::span<const std::string_view> parts_;
  size_t offset_ = 0;
  std::array<char, kRecordMax> joined_;
};

}  // namespace

// What the library calls a BIO.
struct TlsStream::Wire {
  static BIO* make(TlsStream& stream) {
    static BIO_METHOD* const method = make_method();
    BIO* bio = BIO_new(method);
    UMBRA_CHECK(bio != nullptr);
    BIO_set_data(bio, &stream);
    BIO_set_init(bio, 1);
    return bio;
  }

 private:
  static BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "umbra stream");
    UMBRA_CHECK(method != nullptr);
    BIO_meth_set_read_ex(method, read);
    BIO_meth_set_write_ex(method, write);
    BIO_meth_set_ctrl(method, control);
    return method;
  }
  static TlsStream& owner_of(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* into, size_t most, size_t* size) {
    std::string_view& input = owner_of(bio).input_;
    BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
    *size = std::min(most, input.size());
    if (*size == 0) {
      BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
      return -1;
    }
    std::memcpy(into, input.data(), *size);
    input.remove_prefix(*size);
    return 1;
  }
  // A write that fails is kept for who asks next: to the library it has succeeded, so that what the peer sent
  // before can still be read.
  static int write(BIO* bio, const char* bytes, size_t size, size_t* written) {
    owner_of(bio).send({bytes, size});
    *written = size;
    return 1;
  }
  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }
};

TlsStream::TlsStream(Loop& loop, std::unique_ptr<Stream> below, std::shared_ptr<TlsContext> context)
    : loop_(loop), below_(std::move(below)), context_(std::move(context)) {
  below_->listen_to(this);
  auto opened = context_->open();
  if (!opened) {
    read_failure_ = opened.error();
    return;
  }
  connection_ = *opened;
  BIO* wire = Wire::make(*this);
  SSL_set_bio(connection_, wire, wire);
}

TlsStream::~TlsStream() {
  if (died_ != nullptr) *died_ = true;
  below_->listen_to(nullptr);
  if (connection_ == nullptr) return;
  // As a socket's stream says FIN when it dies.
  if (state_ == State::open && !ending_ && below_->queued_bytes() == 0) say_end();
  // Without this the library takes the session for spoiled, and nothing would ever be resumed.
  if (SSL_is_init_finished(connection_) == 1) {
    SSL_set_shutdown(connection_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
  SSL_free(connection_);
}

bool TlsStream::resumed() const { return connection_ != nullptr && SSL_session_reused(connection_) == 1; }

std::string_view TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  if (connection_ != nullptr) SSL_get0_alpn_selected(connection_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

// ---- the handshake ----

void TlsStream::shake_hands(OnHandshake done) {
  on_handshake_ = std::move(done);
  // A client speaks now; what can go wrong with that is told from the loop.
  if (!read_failure_ && context_->side() == TlsSide::client) read_failure_ = step_handshake();
  read_failure_ ? wake_later() : read_below(true);
}

// Goes as far as what has come allows.
std::optional<Error> TlsStream::step_handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(connection_);
  if (result != 1 && SSL_get_error(connection_, result) != SSL_ERROR_WANT_READ) return handshake_failure();
  if (write_failure_) return Error{Errc::tls, write_failure_->detail};
  return std::nullopt;
}

Error TlsStream::handshake_failure() const {
  const long verdict = SSL_get_verify_result(connection_);
  if (verdict != X509_V_OK && SSL_get_verify_mode(connection_) != SSL_VERIFY_NONE) {
    return {Errc::tls, fmt::format("certificate: {}", X509_verify_cert_error_string(verdict))};
  }
  return {Errc::tls, library_words()};
}

void TlsStream::end_handshake(Result<void> result) {
  state_ = result ? State::open : State::failed;
  read_below(false);
  if (result) {
    held_.assign(input_);
  } else {
    context_->forget_session();
    below_->end_writing();  // behind the alert that says why
  }
  input_ = {};
  // Who hears it may let go of this object, and of the function with it.
  if (const auto done = std::exchange(on_handshake_, nullptr)) done(result);
}

// ---- reading ----

void TlsStream::limit_reads(unsigned bytes) {
  read_max_ = std::min(bytes, Loop::kReadBuffer);
  below_->limit_reads(bytes);
}

void TlsStream::read_below(bool on) {
  if (std::exchange(reading_below_, on) == on) return;
  on ? below_->start_reading() : below_->stop_reading();
}

void TlsStream::start_reading() {
  if (std::exchange(reading_, true) || died_ != nullptr || state_ != State::open) return;
  const bool waiting = !held_.empty() || read_failure_ || got_end_ || SSL_has_pending(connection_) == 1;
  waiting ? wake_later() : read_below(true);
}

void TlsStream::stop_reading() {
  reading_ = false;
  read_below(false);
}

void TlsStream::on_bytes(std::string_view bytes) {
  input_ = bytes;
  if (state_ == State::shaking_hands) {
    if (auto failure = step_handshake()) return end_handshake(std::move(*failure));
    if (SSL_is_init_finished(connection_) == 1) end_handshake({});
    return;
  }
  // libuv would go on reading as long as the peer sends: with a limit the loop has its turn first.
  if (read_max_ < Loop::kReadBuffer && bytes.size() >= read_max_) {
    read_below(false);
    wake_later();
  }
  deliver();
}

// Hands over what can be decrypted.  Whoever listens may pause that, or let go of this object.
void TlsStream::deliver() {
  bool died = false;
  died_ = &died;
  while (reading_ && state_ == State::open && !read_failure_ && !got_end_) {
    const uv_buf_t buffer = loop_.plain_buffer();
    const size_t size = decrypt(buffer);
    if (size == 0) break;
    if (listener_ != nullptr) listener_->on_bytes({buffer.base, size});
    if (died) return;
  }
  died_ = nullptr;
  held_.assign(std::exchange(input_, {}));
  if (!reading_ || state_ != State::open) return read_below(false);
  if (read_failure_ || got_end_) return report_end();
  if (!later_ || uv_is_active(reinterpret_cast<uv_handle_t*>(later_.get())) == 0) read_below(true);
}

// As many bytes as there are, up to a read's limit.  0: more must come, or it has ended or failed.
size_t TlsStream::decrypt(uv_buf_t into) {
  const size_t most = std::min<size_t>(into.len, read_max_);
  size_t size = 0;
  while (size < most && !read_failure_) {
    size_t part = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(connection_, into.base + size, most - size, &part);
    if (result != 1) {
      note_read_failure(result);
      break;
    }
    size += part;
  }
  return size;
}

void TlsStream::note_read_failure(int result) {
  switch (SSL_get_error(connection_, result)) {
    case SSL_ERROR_WANT_READ:
      return;
    case SSL_ERROR_ZERO_RETURN:
      got_end_ = true;
      return;
    default:
      read_failure_ = Error{Errc::tls, library_words()};
  }
}

// The listener's last word on reading.
void TlsStream::report_end() {
  read_below(false);
  if (std::exchange(told_end_, true)) return;
  if (read_failure_ && read_failure_->code != Errc::truncated) state_ = State::failed;
  if (listener_ == nullptr) return;
  read_failure_ ? listener_->on_failed(*read_failure_) : listener_->on_end();
}

void TlsStream::on_end() {
  if (state_ == State::shaking_hands) {
    return end_handshake(Error{Errc::tls, "the peer closed the connection within the handshake"});
  }
  if (got_end_) return;
  read_failure_ = Error{Errc::truncated, "the peer's end came without its close_notify"};
  if (reading_) report_end();
}

void TlsStream::on_failed(const Error& error) {
  if (state_ == State::shaking_hands) return end_handshake(Error{Errc::tls, error.detail});
  read_failure_ = error;
  if (reading_) report_end();
}

// uv_timer and not Timer: this object may die in its callback.
void TlsStream::wake_later() {
  if (!later_) {
    auto handle = Handle<uv_timer_t>::open(loop_.uv(), this, uv_timer_init);
    UMBRA_CHECK(handle);
    later_ = std::move(*handle);
    uv_unref(reinterpret_cast<uv_handle_t*>(later_.get()));
  }
  uv_timer_start(
      later_.get(),
      [](uv_timer_t* timer) {
        if (auto* self = owner_of<TlsStream>(timer)) self->on_later();
      },
      0, 0);
}

void TlsStream::on_later() {
  if (state_ == State::shaking_hands) {
    if (read_failure_) end_handshake(*std::exchange(read_failure_, std::nullopt));
    return;
  }
  if (!reading_) return;
  const std::string held = std::exchange(held_, {});
  input_ = held;
  deliver();
}

// ---- writing ----

Result<void> TlsStream::encrypt(std::string_view record) {
  ERR_clear_error();
  writing_ = true;
  size_t written = 0;
  const int result = SSL_write_ex(connection_, record.data(), record.size(), &written);
  writing_ = false;
  if (write_failure_) return *write_failure_;
  if (result != 1) return Error{Errc::tls, library_words()};
  UMBRA_CHECK(written == record.size());
  return {};
}

void TlsStream::send(std::string_view ciphertext) {
  if (write_failure_) return;
  if (!writing_ && below_->queued_bytes() > kRepliesMax) {
    read_failure_ = Error{Errc::reset, "the peer asks for answers and reads nothing"};
    return;
  }
  const auto sent = below_->try_write({&ciphertext, 1});
  if (!sent) {
    write_failure_ = sent.error();
    return;
  }
  ciphertext.remove_prefix(*sent);
  if (ciphertext.empty()) return;
  std::vector<Slice> rest;
  rest.push_back({Chunk::copy_of(ciphertext), 0, ciphertext.size()});
  if (const auto queued = below_->write(std::move(rest)); !queued) write_failure_ = queued.error();
}

Result<size_t> TlsStream::try_write(std::span<const std::string_view> parts) {
  if (state_ != State::open || ending_) return Error{Errc::reset, "closed"};
  size_t taken = 0;
  for (RecordCutter records(parts); !records.done() && below_->queued_bytes() == 0;) {
    const std::string_view record = records.next();
    if (const auto written = encrypt(record); !written) return written.error();
    taken += record.size();
  }
  return taken;
}

Result<void> TlsStream::write(std::vector<Slice> slices) {
  if (state_ != State::open || ending_) return Error{Errc::reset, "closed"};
  std::vector<std::string_view> parts;
  parts.reserve(slices.size());
  for (const Slice& slice : slices) parts.push_back(slice.view());
  for (RecordCutter records(parts); !records.done();) {
    if (auto written = encrypt(records.next()); !written) return written;
  }
  return {};
}

void TlsStream::on_drained() {
  if (state_ == State::open && listener_ != nullptr) listener_->on_drained();
}

void TlsStream::on_write_failed(const Error& error) {
  write_failure_ = error;
  if (state_ == State::shaking_hands) return end_handshake(Error{Errc::tls, error.detail});
  if (listener_ != nullptr) listener_->on_write_failed(error);
}

void TlsStream::end_writing() {
  if (std::exchange(ending_, true)) return;
  if (state_ == State::open) say_end();
  below_->end_writing();
}

void TlsStream::say_end() {
  ERR_clear_error();
  writing_ = true;
  SSL_shutdown(connection_);
  writing_ = false;
}

void TlsStream::abort() {
  listener_ = nullptr;
  on_handshake_ = nullptr;
  state_ = State::failed;
  below_->abort();
}

}  // namespace umbra::net
