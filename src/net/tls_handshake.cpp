#include "umbra/net/tls_handshake.h"

#include <utility>

namespace umbra::net {

TlsHandshake::TlsHandshake(Loop& loop, std::unique_ptr<Stream> connected, std::shared_ptr<TlsContext> context,
                           ConnectListener& listener, Nanos timeout)
    : listener_(&listener),
      stream_(std::make_unique<TlsStream>(loop, std::move(connected), std::move(context))),
      timeout_(timeout),
      deadline_(loop, [this] {
        on_done(Error{Errc::timeout, "the TLS handshake took too long"});
      }) {}

void TlsHandshake::start() {
  deadline_.start_once(timeout_);
  stream_->shake_hands([this](const Result<void>& result) { on_done(result); });
}

void TlsHandshake::dismiss(Loop& loop, std::unique_ptr<TlsHandshake> handshake) {
  handshake->listener_ = nullptr;
  handshake->deadline_.stop();
  if (handshake->stream_) handshake->stream_->stop_reading();
  loop.retire(std::move(handshake));
}

void TlsHandshake::on_done(const Result<void>& result) {
  deadline_.stop();
  ConnectListener* listener = std::exchange(listener_, nullptr);
  if (listener == nullptr) return;
  if (!result) return listener->on_connect_failed(result.error());
  listener->on_connected(std::move(stream_));
}

}  // namespace umbra::net
