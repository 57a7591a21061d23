#include "umbra/generate/sink_connection.h"

#include <algorithm>
#include <utility>

namespace umbra::generate {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

unsigned status_of(const http::Event& event) {
  return event.fault == Opaque::head_too_large || event.fault == Opaque::too_many_fields ? 431 : 400;
}

}  // namespace

SinkConnection::SinkConnection(Owner& owner, uint64_t id, SinkAnswers& answers,
                               std::unique_ptr<net::Stream> stream, Nanos patience)
    : owner_(owner), id_(id), answers_(answers), stream_(std::move(stream)), patience_(patience) {
  stream_->listen_to(this);
}

void SinkConnection::start(Nanos now) {
  last_active_ = now;
  set_reading(true);
}

void SinkConnection::on_bytes(std::string_view bytes) {
  if (state_ == State::reading) work(bytes);
}

void SinkConnection::on_end() {
  reads_ = false;
  if (state_ == State::lingering) return end();
  peer_ended_ = true;
  state_ = State::ending;
  settle(monotonic_now());
}

void SinkConnection::on_drained() { work(std::exchange(unread_, {})); }

void SinkConnection::on_write_failed(const Error&) { end(); }

void SinkConnection::on_failed(const Error&) { end(); }

void SinkConnection::on_due() {
  alarm_ = 0;
  work(std::exchange(unread_, {}));
}

// Takes requests and writes answers by turns, until it is out of either.
void SinkConnection::work(std::string_view input) {
  const Nanos now = monotonic_now();
  if (state_ == State::over || state_ == State::lingering) return;
  last_active_ = now;
  do {
    read(input, now);
    if (!serve(now)) return;
  } while (state_ == State::reading && !input.empty() && replies_.size() < kPipelineMax);
  if (state_ == State::reading) unread_ = input;
  settle(now);
}

void SinkConnection::read(std::string_view& input, Nanos now) {
  while (state_ == State::reading && !input.empty() && replies_.size() < kPipelineMax) {
    take(reader_.next(input, owner_.scratch().head), now);
  }
}

void SinkConnection::take(const http::Event& event, Nanos now) {
  switch (event.kind) {
    case http::Event::Kind::more:
      return;
    case http::Event::Kind::head:
      if (owner_.scratch().head.method() == "CONNECT") return refuse(501, now);
      begin(owner_.scratch().head, event.last);
      break;
    case http::Event::Kind::body:
      owes_continue_ = false;
      break;
    case http::Event::Kind::tunnel:
    case http::Event::Kind::fault:
      return refuse(status_of(event), now);
  }
  if (event.last) complete(now);
}

void SinkConnection::refuse(unsigned status, Nanos now) {
  owes_continue_ = false;
  state_ = State::ending;
  replies_.push(answers_.refuse(status, now));
}

void SinkConnection::begin(const http::Head& head, bool whole) {
  next_ = answers_.begin(head);
  keep_ = http::keeps_alive(head);
  owes_continue_ = !whole && !next_.old && head.lists(http::Name::expect, "100-continue");
}

void SinkConnection::complete(Nanos now) {
  owes_continue_ = false;
  answers_.draw(next_, now);
  replies_.push(next_);
  if (!keep_ || draining_) state_ = State::ending;
}

// Writes what is due.  False: the connection is over.
bool SinkConnection::serve(Nanos now) {
  std::string& out = owner_.scratch().out;
  while (!replies_.empty() && replies_.front().due <= now && stream_->queued_bytes() < kQueuedMax) {
    const SinkReply reply = replies_.pop();
    const bool last = state_ == State::ending && replies_.empty();
    std::vector<Slice> body = answers_.write(reply, last, out);
    if (!body.empty() || out.size() >= kQueuedMax) {
      if (!flush(std::move(body))) return false;
    }
  }
  // Behind the answers that come before it.
  if (replies_.empty() && std::exchange(owes_continue_, false)) out += kContinue;
  return flush({});
}

bool SinkConnection::flush(std::vector<Slice> behind) {
  std::string& out = owner_.scratch().out;
  if (out.empty() && behind.empty()) return true;
  const std::string_view all = out;
  const auto sent = stream_->try_write(std::span(&all, 1));
  if (sent && *sent < all.size()) {
    const Chunk rest = Chunk::copy_of(all.substr(*sent));
    behind.insert(behind.begin(), Slice{rest, 0, rest.size()});
  }
  out.clear();
  bool written = static_cast<bool>(sent);
  // One by one, so that the queue shows how much of a large body the client has taken.
  for (Slice& slice : behind) written = written && stream_->write({std::move(slice)});
  if (!written) end();
  return written;
}

void SinkConnection::settle(Nanos now) {
  const bool blocked = stream_->queued_bytes() >= kQueuedMax;
  set_alarm(replies_.empty() || blocked ? 0 : std::max<Nanos>(replies_.front().due, 1));
  set_reading(state_ == State::reading && replies_.size() < kPipelineMax);
  if (state_ == State::ending && replies_.empty() && stream_->queued_bytes() == 0) linger(now);
}

// Closing over unread bytes would reset the connection, and the answer could be lost with it.
void SinkConnection::linger(Nanos now) {
  state_ = State::lingering;
  last_active_ = now;
  stream_->end_writing();
  if (peer_ended_) return end();
  set_reading(true);
}

void SinkConnection::set_reading(bool wanted) {
  if (std::exchange(reads_, wanted) == wanted) return;
  wanted ? stream_->start_reading() : stream_->stop_reading();
}

void SinkConnection::set_alarm(Nanos when) {
  if (when != alarm_) owner_.wake(id_, std::exchange(alarm_, when), when);
}

void SinkConnection::sweep(Nanos now) {
  const size_t queued = stream_->queued_bytes();
  if (std::exchange(queued_, queued) > queued) last_active_ = now;
  const Nanos quiet = now - std::min(now, last_active_);
  if (state_ == State::lingering && quiet >= kLinger) return end();
  const bool peers_turn = replies_.empty() || queued > 0;
  if (peers_turn && quiet >= patience_) end();
}

void SinkConnection::drain() {
  draining_ = true;
  if (state_ != State::reading) return;
  if (reader_.between_messages() && unread_.empty()) {
    if (replies_.empty() && stream_->queued_bytes() == 0) return end();
    state_ = State::ending;
  }
  settle(monotonic_now());
}

void SinkConnection::cut() { end(); }

void SinkConnection::end() {
  if (std::exchange(state_, State::over) == State::over) return;
  set_alarm(0);
  set_reading(false);
  while (!replies_.empty()) answers_.drop(replies_.pop());
  owner_.on_over(id_);
}

}  // namespace umbra::generate
