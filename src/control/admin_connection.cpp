#include "umbra/control/admin_connection.h"

#include <fmt/format.h>

#include <utility>

namespace umbra::control {
namespace {

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Service Unavailable";
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
  if (!connection.empty()) out += fmt::format("Connection: {}\r\n", connection);
  out += "\r\n";
  return without_body ? out : out + answer.body;
}

}  // namespace

AdminConnection::AdminConnection(net::Loop& loop, Owner& owner, uint64_t id,
                                 std::unique_ptr<net::Stream> stream)
    : owner_(owner), id_(id), stream_(std::move(stream)), patience_(loop, [this] { on_impatient(); }) {
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
  do {
    event = reader_.next(input, head_);
    if (event.kind != http::Event::Kind::head) continue;
    method_ = head_.method();
    target_ = head_.target();
    keep_ = http::keeps_alive(head_);
    old_ = head_.minor_version() == 0;
  } while ((event.kind == http::Event::Kind::head || event.kind == http::Event::Kind::body) && !event.last);
  unread_.erase(0, unread_.size() - input.size());
  if (event.kind == http::Event::Kind::more) return stream_->start_reading();
  if (!event.last) {
    method_.clear();
    return refuse(status_of(event.fault), "an HTTP/1.1 request is expected\n");
  }
  enter(State::asking);
  stream_->stop_reading();
  owner_.on_request(id_);
}

void AdminConnection::answer(const Snapshot& snapshot) {
  if (state_ == State::asking) send(control::answer({method_, target_}, snapshot));
}

void AdminConnection::refuse(unsigned status, std::string_view why) {
  keep_ = false;
  send({status, "text/plain; charset=utf-8", std::string(why), ""});
}

void AdminConnection::send(const Answer& answer) {
  const std::string_view connection = !keep_ ? "close" : old_ ? "keep-alive" : "";
  const Chunk bytes = Chunk::copy_of(to_bytes(answer, method_ == "HEAD", connection));
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
