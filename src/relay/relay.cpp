#include "umbra/relay/relay.h"

#include <unistd.h>

namespace umbra::relay {

Relay::Relay(net::Loop& loop, Options options, Watch& watch, Log& log)
    : loop_(loop),
      options_(std::move(options)),
      watch_(watch),
      log_(log),
      app_(loop, options_.app),
      arrivals_(
          loop, [this](std::unique_ptr<net::Stream> client) { on_arrived(std::move(client)); },
          [this] { on_arrival_lost(); }) {
  if (options_.live.any()) {
    live_editor_ = std::make_unique<LiveEditor>(options_.live, watch_.head, watch_.sessions);
  }
  app_.addresses(monotonic_now());  // a name is looked up before the first client comes
}

Relay::~Relay() = default;

Result<void> Relay::listen(net::ListenSocket socket) {
  auto listener = std::make_unique<net::Listener>(
      loop_, std::move(socket), log_, [this](int fd, bool unix_path) { return accept(fd, unix_path); });
  auto started = listener->start();
  listeners_.push_back(std::move(listener));
  return started;
}

bool Relay::accept(int fd, bool unix_path) {
  auto stream = net::SocketStream::adopt(loop_, fd, unix_path);
  if (!stream) {
    ::close(fd);
    return true;
  }
  ++watch_.sessions.opened;
  if (tls_) {
    arrivals_.take(std::move(*stream), tls_);
  } else {
    begin(std::move(*stream));
  }
  return options_.sessions_max == 0 || sessions_.size() + arrivals_.size() < options_.sessions_max;
}

Session& Relay::begin(std::unique_ptr<net::Stream> client) {
  auto session = std::make_unique<Session>(*this, std::move(client));
  session->place = sessions_.size();
  Session& started = *session;
  sessions_.push_back(std::move(session));
  started.start();
  return started;
}

void Relay::on_arrived(std::unique_ptr<net::Stream> client) {
  Session& session = begin(std::move(client));
  if (on_empty_) session.drain();
}

void Relay::on_arrival_lost() {
  ++watch_.sessions.client_resets;
  on_place_free();
}

void Relay::on_place_free() {
  ++watch_.sessions.closed;
  for (const auto& listener : listeners_) listener->resume();
  report_if_empty();
}

void Relay::on_session_over(Session& session) {
  const size_t place = session.place;
  std::swap(sessions_[place], sessions_.back());
  sessions_[place]->place = place;
  loop_.retire(std::move(sessions_.back()));
  sessions_.pop_back();
  on_place_free();
}

void Relay::drain(std::function<void()> on_empty) {
  on_empty_ = std::move(on_empty);
  for (const auto& listener : listeners_) listener->accept_waiting();
  listeners_.clear();
  // Sessions that end leave the vector, and the last one takes their place: from the back nothing is missed.
  for (size_t i = sessions_.size(); i > 0; --i) {
    if (i <= sessions_.size()) sessions_[i - 1]->drain();
  }
  report_if_empty();
}

void Relay::cut() {
  while (!sessions_.empty()) sessions_.back()->cut();
  arrivals_.cut();
}

void Relay::report_if_empty() {
  if (sessions_.empty() && arrivals_.size() == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
}

uint64_t Relay::times_accepting_paused() const noexcept {
  uint64_t times = 0;
  for (const auto& listener : listeners_) times += listener->times_paused();
  return times;
}

}  // namespace umbra::relay
