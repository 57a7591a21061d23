#include "umbra/relay/session.h"

#include <fmt/format.h>

#include "umbra/relay/options.h"

namespace umbra::relay {

void Session::End::on_bytes(std::string_view bytes) {
  is_client() ? session.on_client_bytes(bytes) : session.on_app_bytes(bytes);
}
void Session::End::on_end() { session.on_stream_end(*this); }
void Session::End::on_drained() {
  if (session.state_ == State::closing) return session.linger();
  if (session.state_ != State::relaying) return;
  // This stream is the sink of the flow that comes from the other end.
  (is_client() ? session.to_client_ : session.to_app_).on_sink_drained();
  session.settle();
}
void Session::End::on_write_failed(const Error&) {
  if (session.state_ != State::relaying) return session.finish(Abort::client_aborted);
  (is_client() ? session.to_client_ : session.to_app_).on_sink_broken();
  session.settle();
}
void Session::End::on_failed(const Error& error) {
  // RFC 9112, section 9.8: TLS clients often go without their close_notify.  Between exchanges nothing can
  // have been cut.
  const bool nothing_cut =
      error.code == Errc::truncated && !session.observer_.opaque() && session.observer_.idle();
  nothing_cut ? session.on_stream_end(*this) : session.on_stream_failed(*this);
}

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
  net::Connector::dismiss(host_.loop(), std::move(connector_));
  app_.stream = std::move(stream);
  app_.stream->listen_to(&app_);
  state_ = State::relaying;
  to_app_.start(*client_.stream, *app_.stream);
  to_client_.start(*app_.stream, *client_.stream);
  if (draining_) wait(kRefusingWait);  // came in the last moment: it may still say what it wants
}

void Session::on_connect_failed(const Error& error) {
  refusal_ = error.detail;
  net::Connector::dismiss(host_.loop(), std::move(connector_));
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
    if (to_app_.broken()) observer_.stop_copying();  // what the app does not get, no shadow gets whole
    observer_.on_request_bytes(passing);
    if (drained()) return close_gently();
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
  if (!draining_) {
    Passing passing(bytes);
    to_client_.forward(passing);
    observer_.on_response_bytes(bytes);
    return settle();
  }
  std::string out;
  observer_.on_response_bytes_draining(bytes, out);
  forward_to_client(out);
  if (drained()) return close_gently();
  settle();
}

void Session::forward_to_client(std::string_view bytes) {
  if (bytes.empty()) return;
  Passing passing(bytes);
  to_client_.forward(passing);
}

// The session drains, and its last exchange is over.
bool Session::drained() const noexcept {
  return draining_ && state_ == State::relaying && !observer_.opaque() && observer_.idle();
}

void Session::on_stream_end(End& end) {
  if (end.is_client()) client_ended_ = true;
  if (state_ == State::closing && client_.stream->queued_bytes() > 0) return;  // it still reads
  if (state_ == State::refusing || state_ == State::closing) return finish(Abort::client_aborted);
  if (state_ != State::relaying) return;
  if (!end.is_client()) {
    forward_to_client(observer_.take_held());
    observer_.on_app_end();
    if (!to_app_.ended()) {
      app_.stream->probe_peer();
      wait(kHalfClosedCheck);
    }
  }
  flow_from(end).end();
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
  if (to_client_.flushed() && to_app_.flushed()) finish(Abort::client_aborted);
}

void Session::refuse() {
  const std::string body = fmt::format("umbra: the application cannot be reached: {}\n", refusal_);
  const std::string answer = fmt::format(
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      body.size(), observer_.next_answer_is_to_head() ? std::string() : body);
  const std::string_view bytes = answer;
  // The socket is new and the answer small: what the kernel does not take at once is not worth a queue.
  const auto sent = client_.stream->try_write({&bytes, 1});
  host_.watch().sessions.bytes_to_clients += sent ? *sent : 0;
  if (observer_.has_pending()) observer_.on_response_bytes(answer);
  close_gently();
}

// Sends FIN behind what is queued, then reads and drops until the client has closed too.
void Session::close_gently() {
  state_ = State::closing;
  if (timer_) timer_->stop();
  to_app_.detach();
  to_client_.detach();
  if (app_.stream) {
    app_.stream->stop_reading();
    app_.stream->listen_to(nullptr);
    host_.loop().retire(std::move(app_.stream));
  }
  client_.stream->set_low_water(0);
  client_.stream->end_writing();
  if (!client_ended_) client_.stream->start_reading();
  if (client_.stream->queued_bytes() == 0) linger();
}

void Session::linger() {
  if (client_ended_) return finish(Abort::client_aborted);
  wait(kLinger);
}

void Session::drain() {
  draining_ = true;
  if (drained()) close_gently();
}

void Session::cut() {
  if (state_ == State::over) return;
  if (client_.stream) client_.stream->abort();
  if (app_.stream) app_.stream->abort();
  finish(Abort::draining);
}

void Session::wait(Nanos time) {
  if (!timer_) timer_ = std::make_unique<net::Timer>(host_.loop(), [this] { on_timer(); });
  timer_->start_once(time);
}

void Session::on_timer() {
  if (state_ == State::refusing && observer_.in_request_head()) return refuse();
  if (state_ != State::relaying) return finish(Abort::client_aborted);
  if (drained()) return close_gently();
  if (!to_client_.ended()) return;
  // The app has sent its FIN.  If its side of the connection has gone altogether, what the client may
  // still send has nowhere to go.
  if (app_.stream->peer_gone() && to_client_.flushed()) return close_gently();
  wait(kHalfClosedCheck);
}

void Session::finish(Abort why) {
  if (state_ == State::over) return;
  state_ = State::over;
  if (timer_) timer_->stop();
  if (connector_) net::Connector::dismiss(host_.loop(), std::move(connector_));
  observer_.on_session_end(why);
  for (End* end : {&client_, &app_}) {
    if (!end->stream) continue;
    end->stream->stop_reading();
    end->stream->listen_to(nullptr);
  }
  host_.on_session_over(*this);
}

}  // namespace umbra::relay
