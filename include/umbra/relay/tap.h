// Tap: what the relay shows of the requests and of the connections it relays.  The mirror is one; the relay
// does not know it.
//
// Every call is made on the worker's thread after the bytes have gone to the app, may not fail, and may
// not slow the session: a tap that cannot keep up loses its copy.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "umbra/base/chunk.h"
#include "umbra/base/clock.h"
#include "umbra/http/head.h"

namespace umbra::relay {

enum class RequestKind : uint8_t { ordinary, upgrade, connect };

struct RequestSeen {
  const http::Head& head;
  RequestKind kind = RequestKind::ordinary;
  std::string_view body;  // what has come of it, as framed on the wire
  bool complete = false;  // the body ends there
  Passing& passing;       // where `body` lies
  Nanos now = 0;
  // The client's address without its port, as inet_ntop(3) writes it; empty for unix sockets, and where
  // Tap::wants_client() says no.  It holds for the call only.
  std::string_view client{};
};

enum class Abort : uint8_t { client_aborted, opaque, draining };

// The rest of a request whose body was not complete at once.
class BodyTap {
 public:
  virtual ~BodyTap() = default;
  // `last`: the body ends with these bytes; no call follows.
  virtual void on_body(std::string_view part, Passing& passing, bool last) noexcept = 0;
  // The request will never be whole; no call follows.
  virtual void on_aborted(Abort why) noexcept = 0;
};

struct Taken {
  uint64_t copied_to = 0;         // a bit for each shadow that took the request
  std::unique_ptr<BodyTap> body;  // for requests that are not complete; null: not interested
};

// What a session's client sends, as the app gets it, HTTP or not: for copies of connections.
//
// Owned by the session; on_over() is the last call.
class SessionTap {
 public:
  virtual ~SessionTap() = default;
  virtual void on_client_bytes(Passing& passing) noexcept = 0;
  // The client sends no more.
  virtual void on_client_end() noexcept = 0;
  // `aborted`: by a reset, or before the app had all of it; else both sides have ended.
  virtual void on_over(bool aborted) noexcept = 0;
};

class Tap {
 public:
  // A session's app connection stands, and nothing has been read from its client.  null: not interested.
  virtual std::unique_ptr<SessionTap> on_session() noexcept { return nullptr; }
  virtual Taken on_request(const RequestSeen& request) noexcept = 0;
  // Whether on_request() looks at RequestSeen::client, which costs a system call a session.  May change
  // while sessions stand.
  virtual bool wants_client() const noexcept { return false; }

 protected:
  ~Tap() = default;
};

}  // namespace umbra::relay
