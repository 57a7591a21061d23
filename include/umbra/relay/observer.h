// Observer: understands, as far as it can, what a session relays: cuts both directions into messages,
// pairs requests with responses, counts, times, and shows requests to the tap.
//
// It never holds live bytes back and never fails a session: where it cannot follow, the connection is
// opaque from then on, with a reason.  Owned by a session.
//
//        request head          final response ends
//   ───────────────▶ pending ───────────────────────▶ ended (counted, logged)
//                      │  1xx: stays pending
//                      │  101, 2xx to CONNECT, a fault, the session's end: ended without more
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "umbra/base/ring.h"
#include "umbra/http/message_reader.h"
#include "umbra/metrics/counters.h"
#include "umbra/net/stream.h"
#include "umbra/relay/access_log.h"
#include "umbra/relay/tap.h"

namespace umbra::relay {

// What all observers of a worker share; the worker owns it.
struct Watch {
  Tap* tap = nullptr;               // null: nothing is copied
  AccessLog* access_log = nullptr;  // null: off
  bool observe = true;              // false: every connection is opaque from its beginning
  metrics::SessionCounters sessions;
  metrics::LiveCounters live;
  http::Head head;  // the one index that every head of the worker is read into
};

class Observer {
 public:
  // `client` is asked for its address when somebody wants to know it; null: it has none.  It outlives the
  // observer.
  explicit Observer(Watch& watch, const net::Stream* client = nullptr);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  // The client's address with its port, once known in another way than from its socket.
  void set_client_name(std::string name) { client_name_ = std::move(name); }
  // From now on requests are counted, but not copied: the app does not get them either.  A copy whose
  // body is coming is aborted.
  void stop_copying();

  // As net::Stream::peer() writes it; empty: unknown.
  const std::string& client_name();
  std::string_view client_address();  // without the port

  void on_request_bytes(Passing& passing);
  void on_response_bytes(std::string_view bytes);
  // The same while the session drains: appends to `out` what is to be sent instead, which is the bytes
  // themselves but for a `Connection: close` in the head of the last response.  A head is held back until
  // it is whole.
  void on_response_bytes_draining(std::string_view bytes, std::string& out);
  // Live bytes held back while draining that will never be whole.
  std::string take_held();
  // The app sends no more: a response that ends with its connection is complete now.
  void on_app_end();
  // The session is over; whatever is pending will stay unanswered.
  void on_session_end(Abort why);

  bool opaque() const noexcept { return opaque_ != Opaque::none; }
  // Why it is not known that the next bytes of the client are a request; none: they are.
  Opaque lost() const noexcept {
    return opaque() || in_request_body_ || !undecided() ? opaque_ : Opaque::upgrade_pending;
  }
  // Nothing outstanding, and no part of a message has come.
  bool idle() const noexcept;
  bool has_pending() const noexcept { return !pending_.empty(); }
  // A part of a request's head has come, and looks like one.
  bool in_request_head() const noexcept { return !opaque() && requests_.held_bytes() > 0; }
  bool next_answer_is_to_head() const noexcept {
    return !pending_.empty() && pending_[0].answer_to == http::AnswerTo::head;
  }

 private:
  struct Pending {
    ExchangeTimes times;
    uint64_t copied_to = 0;
    unsigned status = 0;
    http::AnswerTo answer_to = http::AnswerTo::other;
    RequestKind kind = RequestKind::ordinary;
    std::unique_ptr<ExchangeRecord> record;
  };
  struct Draining;

  void on_request(std::string_view& rest, bool last, Passing& passing, Nanos now);
  bool on_response_event(const http::Event& event, Nanos now);
  void end_exchange(Nanos now);
  void go_opaque(Opaque reason);
  void end_body(Abort why);
  bool undecided() const noexcept;
  http::Event next_response_event(std::string_view& bytes);
  std::string marked_head() const;
  Watch& watch_;
  http::MessageReader requests_;
  http::MessageReader responses_;
  Ring<Pending> pending_;
  Nanos request_began_ = 0;  // of a head that is coming in pieces
  std::unique_ptr<BodyTap> body_;
  const net::Stream* client_;
  std::optional<std::string> client_name_;  // asked for once: a connection that was reset has no peer
  std::unique_ptr<Draining> draining_;
  bool copying_ = true;
  Opaque opaque_ = Opaque::none;
  bool in_request_body_ = false;
};

}  // namespace umbra::relay
