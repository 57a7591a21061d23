#include "umbra/client/connection.h"

#include <array>

#include "umbra/base/text.h"

namespace umbra::client {
namespace {

constexpr size_t kPartsMax = 16;  // of one write; small copies that share a chunk are one part
constexpr unsigned kReadMax = 16 * 1024;
constexpr size_t kQueueAtOnce = 256 * 1024;

}  // namespace

Connection::Connection(net::Loop& loop, net::Resolver& target, ConnectionHost& host, Nanos connect_timeout,
                       std::shared_ptr<net::TlsContext> tls)
    : loop_(loop),
      host_(host),
      tls_(std::move(tls)),
      began_(monotonic_now()),
      connect_by_(tls_ && connect_timeout > 0 ? began_ + connect_timeout : 0),
      connector_(std::make_unique<net::Connector>(loop, target, *this, connect_timeout)),
      answers_(http::Side::response, kHeadMax) {
  connector_->start();
}

Connection::~Connection() { close(); }

// Heard once of the socket and, over TLS, once more of the handshake.
void Connection::on_connected(std::unique_ptr<net::Stream> stream) {
  const bool secured = handshake_ != nullptr;
  (secured ? secured_ : connected_) = monotonic_now();
  dismiss_attempts();
  if (tls_ && !secured) return shake_hands(std::move(stream));
  stream_ = std::move(stream);
  stream_->listen_to(this);
  stream_->limit_reads(kReadMax);
  stream_->start_reading();
  host_.on_ready(*this);
}

void Connection::shake_hands(std::unique_ptr<net::Stream> connected) {
  const Nanos now = monotonic_now();
  Nanos left = net::TlsHandshake::kPatience;
  if (connect_by_ > 0) left = connect_by_ > now ? connect_by_ - now : 0;
  handshake_ = std::make_unique<net::TlsHandshake>(loop_, std::move(connected), tls_, *this, left);
  handshake_->start();
}

void Connection::dismiss_attempts() {
  if (connector_) net::Connector::dismiss(loop_, std::move(connector_));
  if (handshake_) net::TlsHandshake::dismiss(loop_, std::move(handshake_));
}

void Connection::on_connect_failed(const Error& error) {
  dismiss_attempts();
  failure_ = error.detail;
  switch (error.code) {
    case Errc::tls:
      return die(CloseReason::connect_tls);
    case Errc::unresolved:
      return die(CloseReason::connect_unresolved);
    case Errc::timeout:
      return die(CloseReason::connect_timeout);
    default:
      return die(CloseReason::connect_failed);
  }
}

bool Connection::unanswered_last_has_open_body() const noexcept {
  const auto& body = unanswered_[unanswered_.size() - 1].body;
  return body && (!body->ended || !body->waiting.empty());
}

void Connection::hand(Request request, Nanos now) {
  request.handed = now;
  if (request.body) request.body->taker = this;
  out_bytes_ += request.bytes.size;
  out_.push(request.bytes);
  if (unanswered_.empty()) {
    fresh_ = true;
    answered_since_idle_ = false;
  } else {
    pipelined_ = true;
  }
  ++taken_;
  const bool has_body = request.body != nullptr;
  unanswered_.push(std::move(request));
  if (has_body) pull_body();
  host_.on_needs_flush(*this);
}

void Connection::pull_body() {
  StreamedBody& body = *unanswered_.back().body;
  while (!body.waiting.empty()) {
    Slice slice = body.waiting.pop();
    out_bytes_ += slice.size;
    out_.push(std::move(slice));
  }
  host_.on_needs_flush(*this);
}

// Slices that lie side by side (small copies share a chunk) become one part.
size_t Connection::gather(std::string_view* parts, size_t most, size_t& bytes) const {
  size_t count = 0;
  for (size_t i = 0; i < out_.size(); ++i) {
    const std::string_view part = out_[i].view();
    bytes += part.size();
    if (count > 0 && parts[count - 1].data() + parts[count - 1].size() == part.data()) {
      parts[count - 1] = {parts[count - 1].data(), parts[count - 1].size() + part.size()};
    } else if (count < most) {
      parts[count++] = part;
    } else {
      bytes -= part.size();
      break;
    }
  }
  return count;
}

void Connection::drop_sent(size_t bytes) {
  out_bytes_ -= bytes;
  while (bytes > 0) {
    Slice& front = out_.front();
    if (bytes < front.size) {
      front.offset += bytes;
      front.size -= bytes;
      return;
    }
    bytes -= front.size;
    out_.pop();
  }
}

void Connection::flush(Nanos now) {
  if (closed_ || !stream_) return;
  if (std::exchange(fresh_, false)) busy_since_ = now;
  if (std::exchange(reading_paused_, false)) stream_->start_reading();
  while (out_bytes_ > 0 && queued_ == 0) {
    std::array<std::string_view, kPartsMax> parts;
    size_t bytes = 0;
    const size_t count = gather(parts.data(), parts.size(), bytes);
    const auto sent = stream_->try_write({parts.data(), count});
    if (!sent) return die(CloseReason::reset);
    drop_sent(*sent);
    if (*sent > 0) host_.on_sent(*this, *sent);
    if (*sent < bytes) queue_rest();
  }
}

// The kernel's buffer is full: libuv waits for room with a part of it; the rest stays here.
void Connection::queue_rest() {
  std::vector<Slice> slices;
  while (!out_.empty() && queued_ < kQueueAtOnce) {
    queued_ += out_.front().size;
    slices.push_back(out_.pop());
  }
  out_bytes_ -= queued_;
  if (!stream_->write(std::move(slices))) die(CloseReason::reset);
}

void Connection::on_drained() {
  const size_t sent = std::exchange(queued_, 0);
  host_.on_sent(*this, sent);
  host_.on_needs_flush(*this);
}

void Connection::on_bytes(std::string_view bytes) {
  const Nanos now = monotonic_now();
  host_.on_received(bytes.size());
  // One full read a turn: an endless answer must not hold the loop while clients wait.
  if (bytes.size() == kReadMax) {
    stream_->stop_reading();
    reading_paused_ = true;
    host_.on_needs_flush(*this);
  }
  while (!bytes.empty()) {
    if (unanswered_.empty()) return die(CloseReason::protocol);
    if (!read_event(bytes, now)) return;
  }
}

// False when the connection has died of it, or nothing more can be read for now.
bool Connection::read_event(std::string_view& bytes, Nanos now) {
  Request& request = unanswered_.front();
  http::Head& head = host_.head_scratch();
  const http::Event event =
      answers_.next(bytes, head, request.head_method ? http::AnswerTo::head : http::AnswerTo::other);
  switch (event.kind) {
    case http::Event::Kind::more:
      return false;
    case http::Event::Kind::head:
      if (request.wants_location && head.status() / 100 == 3) keep_location(head);
      answers_.forget_head();
      if (head.status() < 200) return true;
      answer_ = {head.status(), 0, !event.until_close && http::keeps_alive(head)};
      request.first_byte = now;
      return !event.last || end_answer(now, !bytes.empty());
    case http::Event::Kind::body:
      return !event.last || end_answer(now, !bytes.empty());
    case http::Event::Kind::tunnel:
    case http::Event::Kind::fault:
      die(CloseReason::protocol);
      return false;
  }
  return false;
}

void Connection::keep_location(const http::Head& head) {
  std::string_view location;
  size_t lines = 0;
  for (const http::Field& field : head.fields()) {
    if (!equals_ignoring_case(field.name, "location")) continue;
    location = field.value;
    ++lines;
  }
  if (lines == 1 && location.size() <= kLocationMax) location_ = location;
}

bool Connection::end_answer(Nanos now, bool more) {
  Request request = unanswered_.pop();
  answer_.ended = now;
  const std::string location = std::exchange(location_, {});
  answer_.location = location;
  // Answered before the whole request was out: the rest will not be sent, so nothing can follow it.
  const bool half_sent =
      unanswered_.empty() && (out_bytes_ + queued_ > 0 || (request.body && !request.body->ended));
  // What comes unasked must not become the answer to a request that its host hands over now.
  const bool unasked = more && unanswered_.empty();
  if (half_sent || unasked) answer_.keeps_alive = false;
  if (request.body) {
    request.body->taker = nullptr;
    request.body->over = true;
  }
  const bool goes_on = answer_.keeps_alive;
  host_.on_answered(*this, request, answer_);
  answer_.location = {};
  busy_since_ = now;
  answered_since_idle_ = true;
  if (unanswered_.empty()) pipelined_ = false;
  if (!goes_on) die(unasked ? CloseReason::protocol : CloseReason::answered);
  return goes_on;
}

void Connection::on_end() {
  // An answer that ends with its connection is whole now.
  if (!unanswered_.empty() && answer_begun() && answers_.may_end()) {
    end_answer(monotonic_now(), false);
    return;
  }
  die(CloseReason::closed);
}

void Connection::on_write_failed(const Error&) { die(CloseReason::reset); }

void Connection::on_failed(const Error& error) {
  if (error.code != Errc::tls) return die(CloseReason::reset);
  failure_ = error.detail;
  die(CloseReason::tls);
}

Ring<Request> Connection::take_unanswered() noexcept { return std::exchange(unanswered_, {}); }

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  dismiss_attempts();
  if (!stream_) return;
  stream_->listen_to(nullptr);
  if (unanswered_.empty() && out_bytes_ + queued_ == 0) {
    stream_->stop_reading();
    stream_.reset();
  } else {
    stream_->abort();
  }
}

void Connection::die(CloseReason why) {
  if (closed_) return;
  close();
  host_.on_closed(*this, why);
}

}  // namespace umbra::client
