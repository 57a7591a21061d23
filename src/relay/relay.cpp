#include "umbra/relay/relay.h"

#include <unistd.h>

namespace umbra::relay {

Relay::Relay(net::Loop& loop, Options options, Watch& watch, Log& log)
    : loop_(loop), options_(std::move(options)), watch_(watch), log_(log), app_(loop, options_.app) {
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
  auto session = std::make_unique<Session>(*this, std::move(*stream));
  session->place = sessions_.size();
  Session& started = *session;
  sessions_.push_back(std::move(session));
  started.start();
  return options_.sessions_max == 0 || sessions_.size() < options_.sessions_max;
}

void Relay::on_session_over(Session& session) {
  ++watch_.sessions.closed;
  const size_t place = session.place;
  std::swap(sessions_[place], sessions_.back());
  sessions_[place]->place = place;
  loop_.retire(std::move(sessions_.back()));
  sessions_.pop_back();
  for (const auto& listener : listeners_) listener->resume();
  report_if_empty();
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
}

void Relay::report_if_empty() {
  if (sessions_.empty() && on_empty_) std::exchange(on_empty_, nullptr)();
}

uint64_t Relay::times_accepting_paused() const noexcept {
  uint64_t times = 0;
  for (const auto& listener : listeners_) times += listener->times_paused();
  return times;
}

}  // namespace umbra::relay
