// TlsHandshake: makes a connected stream a TlsStream, within a time.
//
// Owned by who wants the stream, who dismisses it when it is no longer wanted: from then on its listener
// hears nothing.  The listener hears at most once, from the loop, never from inside start().  Its stream
// reads nothing until it is told to.
#pragma once

#include <memory>

#include "umbra/net/connector.h"
#include "umbra/net/tls_stream.h"

namespace umbra::net {

class TlsHandshake final : public Retirable {
 public:
  // The listener's errors: Errc::tls, which the detail explains, and Errc::timeout.
  TlsHandshake(Loop& loop, std::unique_ptr<Stream> connected, std::shared_ptr<TlsContext> context,
               ConnectListener& listener, Nanos timeout);
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;

  void start();
  // Gives it up, with its connection if the listener has not got that; may be called from the listener.
  static void dismiss(Loop& loop, std::unique_ptr<TlsHandshake> handshake);

  // What a peer that could be connected may take for its handshake, where nothing else says.
  static constexpr Nanos kPatience = 10 * kSecond;

 private:
  void on_done(const Result<void>& result);

  ConnectListener* listener_;  // null: dismissed
  std::unique_ptr<TlsStream> stream_;
  Nanos timeout_;
  Timer deadline_;
};

}  // namespace umbra::net
