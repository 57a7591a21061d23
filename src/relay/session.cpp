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
    : host_(host),
      client_(*this, std::move(client)),
      app_(*this),
      observer_(host.watch(), client_.stream.get()) {
  client_.stream->listen_to(&client_);
}

Session::~Session() = default;

void Session::start() {
  const LiveEditor* editor = host_.live_editor();
  if (editor == nullptr || editor->edits().accept == ProxyProtocol::off) return connect();
  state_ = State::announcing;
  arrival_ = std::make_unique<Arrival>();
  client_.stream->start_reading();
  wait(kAnnouncingWait);
}

void Session::on_announcement(std::string_view bytes) {
  arrival_->bytes += bytes;
  ProxyRead read = read_proxy_header(arrival_->bytes, host_.live_editor()->edits().accept);
  if (read.verdict == ProxyRead::Verdict::incomplete) return;
  if (read.verdict == ProxyRead::Verdict::fault) return refuse_announcement();
  timer_->stop();
  client_.stream->stop_reading();
  arrival_->bytes.erase(0, read.size);
  arrival_->header = std::move(read.header);
  if (!arrival_->header.client.empty()) observer_.set_client_name(arrival_->header.client);
  state_ = State::connecting;
  connect();
}

void Session::refuse_announcement() {
  ++host_.watch().sessions.proxy_protocol_refused;
  finish(Abort::client_aborted);
}

void Session::connect() {
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
  if (host_.watch().tap != nullptr) tap_ = host_.watch().tap->on_session();
  if (LiveEditor* editor = host_.live_editor()) begin_edits(*editor);
}

void Session::begin_edits(LiveEditor& editor) {
  const auto arrival = arrival_ ? std::move(arrival_) : std::make_unique<Arrival>();
  ProxyHeader& header = arrival->header;
  if (editor.edits().heads()) {
    edit_ = std::make_unique<LiveEdit>(editor, std::string(observer_.client_address()),
                                       header.secure || host_.secure());
  }
  if (editor.edits().send != ProxyProtocol::off) {
    if (header.client.empty()) header = {observer_.client_name(), client_.stream->local(), false};
    const std::string sent = write_proxy_header(editor.edits().send, header);
    Passing passing(sent);
    to_app_.forward(passing);
    if (tap_) tap_->on_client_bytes(passing);
  }
  if (!arrival->bytes.empty()) take_client_bytes(arrival->bytes);
}

void Session::on_connect_failed(const Error& error) {
  refusal_ = error.detail;
  net::Connector::dismiss(host_.loop(), std::move(connector_));
  ++host_.watch().sessions.app_connect_failed;
  observer_.stop_copying();
  state_ = State::refusing;
  client_.stream->start_reading();
  wait(kRefusingWait);
  if (const auto arrival = std::move(arrival_); arrival && !arrival->bytes.empty()) {
    take_client_bytes(arrival->bytes);
  }
}

void Session::on_client_bytes(std::string_view bytes) {
  host_.watch().sessions.bytes_from_clients += bytes.size();
  take_client_bytes(bytes);
}

void Session::take_client_bytes(std::string_view bytes) {
  has_asked_ = true;
  if (state_ == State::relaying) {
    if (edit_) {
      bytes = edit_->take(bytes, observer_.lost());
      if (bytes.empty()) return;
    }
    relay_to_app(bytes);
    if (drained()) return close_gently();
    return settle();
  }
  if (state_ == State::announcing) return on_announcement(bytes);
  if (state_ != State::refusing) return;  // closing: read only to be thrown away
  Passing passing(bytes);
  observer_.on_request_bytes(passing);
  if (observer_.opaque()) return finish(Abort::client_aborted);  // not HTTP: just close
  if (observer_.has_pending()) refuse();
}

void Session::relay_to_app(std::string_view bytes) {
  Passing passing(bytes);
  to_app_.forward(passing);
  if (to_app_.broken()) {  // what the app does not get, no shadow gets whole
    observer_.stop_copying();
    end_session_tap(true);
  }
  if (tap_) tap_->on_client_bytes(passing);
  observer_.on_request_bytes(passing);
}

// A head that will not be edited: it will never be whole, or its connection is not HTTP after all.
void Session::release_held() {
  const std::string held = edit_->release();
  if (!held.empty()) relay_to_app(held);
}

void Session::end_session_tap(bool aborted) {
  if (tap_) std::exchange(tap_, nullptr)->on_over(aborted);
}

void Session::on_app_bytes(std::string_view bytes) {
  if (state_ != State::relaying) return;
  host_.watch().sessions.bytes_to_clients += bytes.size();
  if (!draining_) {
    Passing passing(bytes);
    to_client_.forward(passing);
    observer_.on_response_bytes(bytes);
    if (edit_ && observer_.opaque()) release_held();
    return settle();
  }
  std::string out;
  observer_.on_response_bytes_draining(bytes, out);
  forward_to_client(out);
  if (edit_ && observer_.opaque()) release_held();
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
  return draining_ && state_ == State::relaying && !observer_.opaque() && observer_.idle() &&
         (!edit_ || edit_->held_bytes() == 0);
}

void Session::on_stream_end(End& end) {
  if (end.is_client()) client_ended_ = true;
  if (state_ == State::announcing) return refuse_announcement();
  if (state_ == State::closing && client_.stream->queued_bytes() > 0) return;  // it still reads
  if (state_ == State::refusing || state_ == State::closing) return finish(Abort::client_aborted);
  if (state_ != State::relaying) return;
  if (!end.is_client()) {
    forward_to_client(observer_.take_held());
    observer_.on_app_end();
    if (!to_app_.ended()) {
      app_.stream->probe_peer();
      wait(draining_ ? kLastWord : kHalfClosedCheck);
    }
  } else {
    if (edit_) release_held();
    if (tap_) tap_->on_client_end();
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
  end_session_tap(true);
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
  end_session_tap(to_app_.broken());
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
  // Who has connected and not asked yet is about to.
  if (drained()) wait(has_asked_ ? kLastWord : kRefusingWait);
}

void Session::cut() {
  if (state_ == State::over) return;
  if (client_.stream) client_.stream->abort();
  if (app_.stream) app_.stream->abort();
  end_session_tap(true);
  finish(Abort::draining);
}

void Session::wait(Nanos time) {
  if (!timer_) timer_ = std::make_unique<net::Timer>(host_.loop(), [this] { on_timer(); });
  timer_->start_once(time);
}

void Session::on_timer() {
  if (state_ == State::announcing) return refuse_announcement();
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
  end_session_tap(false);
  observer_.on_session_end(why);
  for (End* end : {&client_, &app_}) {
    if (!end->stream) continue;
    end->stream->stop_reading();
    end->stream->listen_to(nullptr);
  }
  host_.on_session_over(*this);
}

}  // namespace umbra::relay
