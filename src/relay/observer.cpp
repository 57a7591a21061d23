#include "umbra/relay/observer.h"

#include "umbra/base/text.h"
#include "umbra/relay/options.h"

namespace umbra::relay {
namespace {

using http::Event;
using http::Name;

http::AnswerTo answer_to_of(const http::Head& head, RequestKind kind) {
  if (kind == RequestKind::connect) return http::AnswerTo::connect;
  return head.method() == "HEAD" ? http::AnswerTo::head : http::AnswerTo::other;
}

// Of `a.b.c.d:port` or `[v6]:port`.
std::string_view without_port(std::string_view name) {
  name = name.substr(0, name.rfind(':'));
  return name.starts_with('[') ? name.substr(1, name.size() - 2) : name;
}

}  // namespace

// Live bytes that wait for the rest of a response's head.
struct Observer::Draining {
  std::string held;
  size_t sent_before = 0;  // of the head that was coming in when draining began
};

Observer::Observer(Watch& watch, const net::Stream* client)
    : watch_(watch),
      requests_(http::Side::request, kHeadMax),
      responses_(http::Side::response, kHeadMax),
      client_(client) {
  if (!watch.observe) go_opaque(Opaque::unobserved);
  if (watch.access_log != nullptr || (watch.tap != nullptr && watch.tap->wants_client())) client_name();
}

Observer::~Observer() { on_session_end(Abort::client_aborted); }

bool Observer::idle() const noexcept {
  return pending_.empty() && !in_request_body_ && requests_.between_messages() &&
         responses_.between_messages();
}

// What follows an upgrade or a CONNECT is HTTP or not, as the answer will decide.
bool Observer::undecided() const noexcept {
  return !pending_.empty() && pending_[pending_.size() - 1].kind != RequestKind::ordinary;
}

void Observer::on_request_bytes(Passing& passing) {
  if (opaque()) return;
  const Nanos now = monotonic_now();
  std::string_view rest = passing.view();
  while (!rest.empty()) {
    if (!in_request_body_ && undecided()) return go_opaque(Opaque::upgrade_pending);
    const Event event = requests_.next(rest, watch_.head);
    switch (event.kind) {
      case Event::Kind::more:
        if (request_began_ == 0) request_began_ = now;
        return;
      case Event::Kind::head:
        on_request(rest, event.last, passing, now);
        break;
      case Event::Kind::body:
        in_request_body_ = !event.last;
        if (!pending_.empty() && pending_.back().record) {
          pending_.back().record->request_body_bytes += event.bytes.size();
        }
        if (body_) body_->on_body(event.bytes, passing, event.last);
        if (event.last) body_.reset();
        break;
      case Event::Kind::tunnel:
      case Event::Kind::fault:
        return go_opaque(event.fault);
    }
    if (opaque()) return;
  }
}

void Observer::on_request(std::string_view& rest, bool last, Passing& passing, Nanos now) {
  if (pending_.size() == kPendingMax) return go_opaque(Opaque::too_many_pending);
  const http::Head& head = watch_.head;
  Pending& exchange = pending_.push({});
  exchange.times.began = request_began_ != 0 ? std::exchange(request_began_, 0) : now;
  exchange.kind = kind_of(head);
  exchange.answer_to = answer_to_of(head, exchange.kind);
  ++watch_.live.exchanges;
  if (watch_.access_log != nullptr) {
    exchange.record = std::make_unique<ExchangeRecord>();
    exchange.record->method = head.method();
    exchange.record->target = head.target().substr(0, AccessLog::kTargetMax);
  }
  // What has come of the body goes with the head, so that a small request is whole in one call.
  Event body{.kind = Event::Kind::body, .last = last};
  if (!last && !rest.empty()) {
    body = requests_.next(rest, watch_.head);
    if (body.kind == Event::Kind::fault) return go_opaque(body.fault);
    if (exchange.record) exchange.record->request_body_bytes = body.bytes.size();
  }
  in_request_body_ = !body.last;
  if (watch_.tap != nullptr && copying_) {
    const bool named = watch_.tap->wants_client();
    Taken taken = watch_.tap->on_request({head, exchange.kind, body.bytes, body.last, passing, now,
                                          named ? client_address() : std::string_view()});
    exchange.copied_to = taken.copied_to;
    if (!body.last) body_ = std::move(taken.body);
  }
  requests_.forget_head();
}

void Observer::on_response_bytes(std::string_view bytes) {
  if (opaque()) return;
  const Nanos now = monotonic_now();
  while (!bytes.empty()) {
    if (pending_.empty()) return go_opaque(Opaque::server_first);
    const Event event = next_response_event(bytes);
    if (!on_response_event(event, now)) return;
  }
}

Event Observer::next_response_event(std::string_view& bytes) {
  Pending& exchange = pending_.front();
  const size_t before = bytes.size();
  const Event event = responses_.next(bytes, watch_.head, exchange.answer_to);
  if (exchange.record) exchange.record->response_bytes += before - bytes.size();
  return event;
}

// False when there is nothing more to follow for now.
bool Observer::on_response_event(const Event& event, Nanos now) {
  switch (event.kind) {
    case Event::Kind::more:
      if (pending_.front().times.first_byte == 0) pending_.front().times.first_byte = now;
      return false;
    case Event::Kind::head: {
      const unsigned status = watch_.head.status();
      responses_.forget_head();
      if (status < 200) {  // interim: the final one is still to come
        pending_.front().times.first_byte = 0;
        return true;
      }
      Pending& exchange = pending_.front();
      exchange.status = status;
      if (exchange.times.first_byte == 0) exchange.times.first_byte = now;
      if (event.last) end_exchange(now);
      return true;
    }
    case Event::Kind::body:
      if (event.last) end_exchange(now);
      return true;
    case Event::Kind::tunnel: {
      const bool connect = pending_.front().answer_to == http::AnswerTo::connect;
      pending_.front().status = watch_.head.status();
      pending_.front().times.first_byte = now;
      end_exchange(now);
      go_opaque(connect ? Opaque::connect : Opaque::tunnel);
      return false;
    }
    case Event::Kind::fault:
      go_opaque(Opaque::bad_answer);
      return false;
  }
  return false;
}

void Observer::end_exchange(Nanos now) {
  Pending exchange = pending_.pop();
  exchange.times.ended = now;
  ++watch_.live.ended;
  ++watch_.live.status[metrics::status_class(exchange.status)];
  if (exchange.status != 0) {
    watch_.live.first_byte.record(exchange.times.first_byte - exchange.times.began);
    watch_.live.last_byte.record(now - exchange.times.began);
  }
  if (exchange.record && watch_.access_log != nullptr) {
    watch_.access_log->write(*exchange.record, client_name(), exchange.status, exchange.copied_to,
                             exchange.times);
  }
}

void Observer::on_app_end() {
  if (opaque() || pending_.empty() || responses_.between_messages() || !responses_.may_end()) return;
  end_exchange(monotonic_now());
}

const std::string& Observer::client_name() {
  if (!client_name_) client_name_ = client_ != nullptr ? client_->peer() : std::string();
  return *client_name_;
}

std::string_view Observer::client_address() { return without_port(client_name()); }

void Observer::stop_copying() {
  copying_ = false;
  end_body(Abort::client_aborted);
}

std::string Observer::take_held() { return draining_ ? std::exchange(draining_->held, {}) : std::string(); }

void Observer::end_body(Abort why) {
  if (body_) std::exchange(body_, nullptr)->on_aborted(why);
}

void Observer::go_opaque(Opaque reason) {
  ++watch_.sessions.opaque[reason];
  opaque_ = reason;
  end_body(Abort::opaque);
  const Nanos now = pending_.empty() ? 0 : monotonic_now();
  while (!pending_.empty()) end_exchange(now);
  pending_.clear();
}

void Observer::on_session_end(Abort why) {
  end_body(why);
  const Nanos now = pending_.empty() ? 0 : monotonic_now();
  while (!pending_.empty()) end_exchange(now);
}

void Observer::on_response_bytes_draining(std::string_view bytes, std::string& out) {
  if (!draining_) {
    draining_ = std::make_unique<Draining>();
    draining_->sent_before = responses_.held_bytes();
  }
  std::string& held = draining_->held;
  held += bytes;
  const auto release = [&](size_t size) {
    out += held.substr(0, size);
    held.erase(0, size);
  };
  const Nanos now = monotonic_now();
  while (!bytes.empty() && !opaque()) {
    if (pending_.empty()) {
      go_opaque(Opaque::server_first);
      break;
    }
    const Event event = next_response_event(bytes);
    if (event.kind == Event::Kind::more) return;  // a part of a head stays held
    if (event.kind == Event::Kind::head) {
      const size_t sent_before = std::exchange(draining_->sent_before, 0);
      const bool last = pending_.size() == 1 && watch_.head.status() >= 200;
      if (last && sent_before == 0) {
        out += marked_head();
        held.erase(0, watch_.head.raw().size());
      } else {
        release(watch_.head.raw().size() - sent_before);
      }
    } else if (event.kind == Event::Kind::body) {
      release(event.bytes.size());
    }
    on_response_event(event, now);
  }
  if (opaque()) release(held.size());
}

// The head as received, but for one `Connection: close` (design, section 3: the one exception to the
// first promise, while draining).
std::string Observer::marked_head() const {
  const http::Head& head = watch_.head;
  std::string out(head.start_line());
  out += "\r\n";
  for (const http::Field& field : head.fields()) {
    if (field.known != Name::connection && field.known != Name::keep_alive) out += field.line;
  }
  out += "Connection: close\r\n\r\n";
  return out;
}

}  // namespace umbra::relay
