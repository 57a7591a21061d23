// Session: a client connection and its own connection to the app, joined by two flows.
//
//   (announcing: only where a PROXY header is expected; over if there is none)
//       ▼
//   connecting ──▶ relaying ──▶ (both directions ended and flushed, or one reset) ──▶ over
//       │              └──▶ closing   (draining: the last answer is out)     ──▶ over
//       └──▶ refusing  (no app: wait for the request, answer 502) ──▶ closing ──▶ over
//
// Owned by a Relay, which retires it when it says that it is over.  The worker's thread only.
#pragma once

#include <memory>

#include "umbra/net/connector.h"
#include "umbra/relay/flow.h"
#include "umbra/relay/live_edit.h"
#include "umbra/relay/observer.h"
#include "umbra/relay/proxy_protocol.h"

namespace umbra::relay {

class Session;

// What a session needs from its relay.
class SessionHost {
 public:
  virtual net::Loop& loop() = 0;
  virtual net::Resolver& app() = 0;
  virtual Watch& watch() = 0;
  // null: live bytes pass as they are.
  virtual LiveEditor* live_editor() = 0;
  // Clients speak TLS to the relay.
  virtual bool secure() const { return false; }
  virtual void on_session_over(Session& session) = 0;

 protected:
  ~SessionHost() = default;
};

class Session final : public net::Retirable, public net::ConnectListener {
 public:
  Session(SessionHost& host, std::unique_ptr<net::Stream> client);
  ~Session() override;

  void start();
  // Idle: says FIN, after kLastWord.  Else: after the exchange that is under way.
  void drain();
  // Ends it now, with a reset to both sides.
  void cut();

  // The relay's bookkeeping: where it stands in the list of sessions.
  size_t place = 0;

  // How long a load balancer may take to say whose connection it passes on.
  static constexpr Nanos kAnnouncingWait = 5 * kSecond;
  // RFC 9112 section 9.6: after the last answer the client gets time to read it before the close.
  static constexpr Nanos kLinger = 2 * kSecond;
  // How long a client may take to begin its request when the app cannot be connected, or umbra drains.
  static constexpr Nanos kRefusingWait = kSecond;
  // A request may have been sent already when draining begins, and lie unread in a buffer, ours or the
  // network's: a FIN would throw it away.  Some round trips within a region.
  static constexpr Nanos kLastWord = 50 * kMillisecond;
  // How often a session whose app has sent its FIN looks whether the app still holds its side.
  static constexpr Nanos kHalfClosedCheck = 60 * kSecond;

 private:
  enum class State : uint8_t { announcing, connecting, relaying, refusing, closing, over };
  // One of the session's two streams, as a listener.
  struct End final : net::StreamListener {
    explicit End(Session& owner, std::unique_ptr<net::Stream> its = nullptr)
        : session(owner), stream(std::move(its)) {}
    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_drained() override;
    void on_write_failed(const Error& error) override;
    void on_failed(const Error& error) override;
    bool is_client() const noexcept { return this == &session.client_; }
    Session& session;
    std::unique_ptr<net::Stream> stream;
  };

  // What a load balancer has sent: its header, and what the client has sent behind it.
  struct Arrival {
    std::string bytes;
    ProxyHeader header;
  };

  void connect();
  void on_announcement(std::string_view bytes);
  void refuse_announcement();
  void on_connected(std::unique_ptr<net::Stream> stream) override;
  void on_connect_failed(const Error& error) override;
  void begin_edits(LiveEditor& editor);
  void on_client_bytes(std::string_view bytes);
  void take_client_bytes(std::string_view bytes);
  void relay_to_app(std::string_view bytes);
  void release_held();
  void end_session_tap(bool aborted);
  void on_app_bytes(std::string_view bytes);
  void on_stream_end(End& end);
  void on_stream_failed(End& end);
  Flow& flow_from(const End& end) noexcept { return end.is_client() ? to_app_ : to_client_; }
  void settle();
  void refuse();
  void forward_to_client(std::string_view bytes);
  bool drained() const noexcept;
  void close_gently();
  void linger();
  void on_timer();
  void wait(Nanos time);
  void finish(Abort why);

  SessionHost& host_;
  End client_;
  End app_;
  Flow to_app_;
  Flow to_client_;
  Observer observer_;
  std::unique_ptr<SessionTap> tap_;   // null: nobody copies this connection
  std::unique_ptr<LiveEdit> edit_;    // null: requests pass as they are
  std::unique_ptr<Arrival> arrival_;  // null: no PROXY header is expected, or it has been passed on
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<net::Timer> timer_;
  State state_ = State::connecting;
  std::string refusal_;  // why the app could not be connected
  bool draining_ = false;
  bool client_ended_ = false;
  bool has_asked_ = false;  // something has come from the client
};

}  // namespace umbra::relay
