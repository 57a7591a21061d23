#include "umbra/control/admin_connection.h"

#include <fmt/format.h>

#include <utility>

#include "umbra/base/text.h"

namespace umbra::control {
namespace {

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Service Unavailable";
  }
}

std::string_view refusal_text(unsigned status) {
  switch (status) {
    case 411:
      return "a body with a Content-Length is expected\n";
    case 413:
      return "a body of at most 64 KiB is expected\n";
    default:
      return "an HTTP/1.1 request is expected\n";
  }
}

unsigned status_of(Opaque fault) {
  return fault == Opaque::head_too_large || fault == Opaque::too_many_fields ? 431 : 400;
}

std::string to_bytes(const Answer& answer, bool without_body, std::string_view connection) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n",
                  answer.status, reason_phrase(answer.status), answer.content_type, answer.body.size());
  if (!answer.allow.empty()) out += fmt::format("Allow: {}\r\n", answer.allow);
  if (!answer.authenticate.empty()) out += fmt::format("WWW-Authenticate: {}\r\n", answer.authenticate);
  if (!connection.empty()) out += fmt::format("Connection: {}\r\n", connection);
  out += "\r\n";
  return without_body ? out : out + answer.body;
}

Request request_of(const http::Head& head) {
  Request request{std::string(head.method()), std::string(head.target())};
  if (head.has(http::Name::host)) request.host = head.field(http::Name::host).value;
  size_t authorizations = 0;
  for (const http::Field& field : head.fields()) {
    if (equals_ignoring_case(field.name, "authorization")) {
      request.authorization = ++authorizations == 1 ? field.value : "";
    } else if (equals_ignoring_case(field.name, "origin")) {
      request.origin = request.origin ? fmt::format("{}, {}", *request.origin, field.value) : field.value;
    }
  }
  return request;
}

}  // namespace

AdminConnection::AdminConnection(net::Loop& loop, Owner& owner, uint64_t id,
                                 std::unique_ptr<net::Stream> stream, bool unix_path)
    : owner_(owner),
      id_(id),
      stream_(std::move(stream)),
      patience_(loop, [this] { on_impatient(); }),
      unix_path_(unix_path) {
  stream_->listen_to(this);
}

void AdminConnection::start() {
  enter(State::reading);
  stream_->start_reading();
}

void AdminConnection::enter(State state, Nanos patience) {
  state_ = state;
  patience_.start_once(patience);
}

void AdminConnection::on_bytes(std::string_view bytes) {
  if (state_ != State::reading) return;
  unread_ += bytes;
  read_on();
}

void AdminConnection::read_on() {
  std::string_view input = unread_;
  http::Event event;
  unsigned refusal = 0;
  do {
    event = reader_.next(input, head_);
    refusal = take(event);
  } while (refusal == 0 && event.kind != http::Event::Kind::more && !event.last);
  unread_.erase(0, unread_.size() - input.size());
  if (refusal != 0) return refuse(refusal, refusal_text(refusal));
  if (event.kind == http::Event::Kind::more) return stream_->start_reading();
  enter(State::asking);
  stream_->stop_reading();
  owner_.on_request(id_, request_);
}

// The status to refuse the request with; 0: none.
unsigned AdminConnection::take(const http::Event& event) {
  switch (event.kind) {
    case http::Event::Kind::more:
      return 0;
    case http::Event::Kind::head:
      return begin_request(event.last);
    case http::Event::Kind::body:
      if (!keeps_body_) return 0;
      if (event.bytes.size() > kBodyMax - request_.body.size()) return 413;
      request_.body += event.bytes;
      return 0;
    case http::Event::Kind::tunnel:
    case http::Event::Kind::fault:
      break;
  }
  request_ = {};
  return status_of(event.fault);
}

unsigned AdminConnection::begin_request(bool whole) {
  request_ = request_of(head_);
  request_.from_unix_socket = unix_path_;
  keep_ = http::keeps_alive(head_);
  old_ = head_.minor_version() == 0;
  keeps_body_ = request_.method == "POST" || request_.method == "PATCH";
  // A chunked body's bytes come as framed on the wire.
  if (keeps_body_ && head_.has(http::Name::transfer_encoding)) return 411;
  if (whole || !head_.has(http::Name::expect)) return 0;
  const Chunk bytes = Chunk::copy_of("HTTP/1.1 100 Continue\r\n\r\n");
  return stream_->write({{bytes, 0, bytes.size()}}) ? 0 : 503;
}

void AdminConnection::answer(const Answer& answer) {
  if (state_ == State::asking) send(answer);
}

void AdminConnection::refuse(unsigned status, std::string_view why) {
  keep_ = false;
  send({status, kTextType, std::string(why)});
}

void AdminConnection::send(const Answer& answer) {
  const std::string_view connection = !keep_ ? "close" : old_ ? "keep-alive" : "";
  const Chunk bytes = Chunk::copy_of(to_bytes(answer, request_.method == "HEAD", connection));
  enter(State::writing);
  if (!stream_->write({{bytes, 0, bytes.size()}})) return end();
}

void AdminConnection::on_drained() {
  if (state_ != State::writing) return;
  if (keep_) {
    enter(State::reading);
    return read_on();
  }
  // Closing over unread bytes would reset the connection, and the answer could be lost with it.
  enter(State::lingering, kLinger);
  stream_->end_writing();
  stream_->start_reading();
}

void AdminConnection::on_end() { end(); }

void AdminConnection::on_write_failed(const Error&) { end(); }

void AdminConnection::on_failed(const Error&) { end(); }

void AdminConnection::on_impatient() {
  if (state_ == State::asking) return refuse(503, "the workers did not answer in time\n");
  end();
}

void AdminConnection::end() {
  if (std::exchange(state_, State::over) == State::over) return;
  patience_.stop();
  stream_->stop_reading();
  owner_.on_over(id_);
}

}  // namespace umbra::control
