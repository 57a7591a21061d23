#include "umbra/relay/session.h"

#include <fmt/format.h>

#include "umbra/relay/options.h"

namespace umbra::relay {

void Session::End::on_bytes(std::string_view bytes) {
  is_client() ? session.on_client_bytes(bytes) : session.on_app_bytes(bytes);
}
void Session::End::on_end() { session.on_stream_end(*this); }
void Session::End::on_drained() {
  // This stream is the sink of the flow that comes from the other end.
  (is_client() ? session.to_client_ : session.to_app_).on_sink_drained();
  session.settle();
}
void Session::End::on_write_failed(const Error&) {
  (is_client() ? session.to_client_ : session.to_app_).on_sink_broken();
  session.settle();
}
void Session::End::on_failed(const Error&) { session.on_stream_failed(*this); }

Session::Session(SessionHost& host, std::unique_ptr<net::Stream> client)
    : host_(host), client_(*this), app_(*this), observer_(host.watch()) {
  client_.stream = std::move(client);
  client_.stream->listen_to(&client_);
  if (host.watch().access_log != nullptr) observer_.set_client_name(client_.stream->peer());
}

Session::~Session() = default;

void Session::start() {
  connector_ = std::make_unique<net::Connector>(host_.loop(), host_.app(), *this, 0);
  connector_->start();
}

// The client is not read before its app connection stands, so nothing needs to be kept for it and what
// comes is with the app before it is shown to anyone.
void Session::on_connected(std::unique_ptr<net::Stream> stream) {
  host_.loop().retire(std::move(connector_));
  app_.stream = std::move(stream);
  app_.stream->listen_to(&app_);
  state_ = State::relaying;
  to_app_.start(*client_.stream, *app_.stream);
  to_client_.start(*app_.stream, *client_.stream);
}

void Session::on_connect_failed(const Error&) {
  host_.loop().retire(std::move(connector_));
  ++host_.watch().sessions.app_connect_failed;
  observer_.stop_copying();
  state_ = State::refusing;
  client_.stream->start_reading();
  wait(kRefusingWait);
}

void Session::on_client_bytes(std::string_view bytes) {
  host_.watch().sessions.bytes_from_clients += bytes.size();
  Passing passing(bytes);
  if (state_ == State::relaying) {
    to_app_.forward(passing);
    observer_.on_request_bytes(passing);
    moved_ = true;
    return settle();
  }
  if (state_ != State::refusing) return;  // closing: read only to be thrown away
  observer_.on_request_bytes(passing);
  if (observer_.opaque()) return finish(Abort::client_aborted);  // not HTTP: just close
  if (observer_.has_pending()) refuse();
}

void Session::on_app_bytes(std::string_view bytes) {
  if (state_ != State::relaying) return;
  host_.watch().sessions.bytes_to_clients += bytes.size();
  moved_ = true;
  if (draining_ && !observer_.opaque()) {
    std::string out;
    observer_.on_response_bytes_draining(bytes, out);
    Passing marked(out);
    if (!out.empty()) to_client_.forward(marked);
    if (!observer_.opaque() && !observer_.has_pending()) close_gently();
    return;
  }
  Passing passing(bytes);
  to_client_.forward(passing);
  observer_.on_response_bytes(bytes);
  settle();
}

void Session::on_stream_end(End& end) {
  if (state_ == State::refusing || state_ == State::closing) return finish(Abort::client_aborted);
  if (state_ != State::relaying) return;
  flow_from(end).end();
  if (!end.is_client()) {
    observer_.on_app_end();
    if (!to_app_.ended()) wait(kHalfClosedIdle);
  }
  settle();
}

void Session::on_stream_failed(End& end) {
  if (state_ == State::over) return;
  auto& counters = host_.watch().sessions;
  ++(end.is_client() ? counters.client_resets : counters.app_resets);
  // The reset travels on, so that the app sees an aborted upload as aborted and the client a cut answer
  // as cut.  What was said before the reset has been handed to the kernel or is queued; a queue is given
  // up, as the kernel of the failed peer gave up its own.
  if (client_.stream) client_.stream->abort();
  if (app_.stream) app_.stream->abort();
  finish(Abort::client_aborted);
}

// The one place that decides whether a relaying session has ended.
void Session::settle() {
  if (state_ != State::relaying) return;
  // A client that cannot be written to is gone.  An app that cannot may have said why: its answer is
  // read to the end first.
  if (to_client_.broken()) return on_stream_failed(client_);
  if (to_app_.broken() && to_client_.flushed()) return close_gently();
  if (to_client_.ended() && to_app_.ended()) {
    if (to_client_.flushed() && to_app_.flushed()) return finish(Abort::client_aborted);
    client_.stream->set_low_water(0);  // the next on_drained says that the rest has gone
    app_.stream->set_low_water(0);
  }
}

void Session::refuse() {
  constexpr std::string_view body = "umbra: the application behind this proxy cannot be reached\n";
  const std::string answer = fmt::format(
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      body.size(), observer_.last_pending_is_head() ? "" : body);
  const std::string_view bytes = answer;
  // The socket is new and the answer small: what the kernel does not take at once is not worth a queue.
  const auto sent = client_.stream->try_write({&bytes, 1});
  host_.watch().sessions.bytes_to_clients += sent ? *sent : 0;
  observer_.on_response_bytes(answer);
  close_gently();
}

// Sends FIN, then reads and drops until the client has closed too.
void Session::close_gently() {
  state_ = State::closing;
  app_.stream.reset();
  client_.stream->end_writing();
  client_.stream->start_reading();
  wait(kLinger);
}

void Session::drain() {
  draining_ = true;
  if (state_ == State::relaying && !observer_.opaque() && observer_.idle()) finish(Abort::draining);
}

void Session::cut() {
  if (state_ == State::over) return;
  if (client_.stream) client_.stream->abort();
  if (app_.stream) app_.stream->abort();
  finish(Abort::draining);
}

void Session::wait(Nanos time) {
  if (!timer_) timer_ = std::make_unique<net::Timer>(host_.loop(), [this] { on_timer(); });
  moved_ = false;
  timer_->start_once(time);
}

void Session::on_timer() {
  if (state_ == State::relaying && moved_) return wait(kHalfClosedIdle);
  finish(Abort::client_aborted);
}

void Session::finish(Abort why) {
  if (state_ == State::over) return;
  state_ = State::over;
  observer_.on_session_end(why);
  for (End* end : {&client_, &app_}) {
    if (!end->stream) continue;
    end->stream->stop_reading();
    end->stream->listen_to(nullptr);
  }
  host_.on_session_over(*this);
}

}  // namespace umbra::relay
