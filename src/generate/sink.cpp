#include "umbra/generate/sink.h"

#include <unistd.h>

#include <utility>

#include "umbra/net/socket_stream.h"

namespace umbra::generate {

Sink::Sink(net::Loop& loop, Log& log, SinkAnswers answers, Limits limits)
    : loop_(loop),
      log_(log),
      answers_(std::move(answers)),
      limits_(limits),
      due_(loop, [this] { on_due(); }),
      sweep_(loop, [this] {
        each_connection([now = monotonic_now()](SinkConnection& connection) { connection.sweep(now); });
      }) {
  sweep_.start_every(kSecond);
}

Result<void> Sink::serve(net::ListenSocket socket) {
  auto listener = std::make_unique<net::Listener>(
      loop_, std::move(socket), log_, [this](int fd, bool unix_path) { return accept(fd, unix_path); });
  auto started = listener->start();
  if (started) listeners_.push_back(std::move(listener));
  return started;
}

bool Sink::accept(int fd, bool unix_path) {
  auto stream = net::SocketStream::adopt(loop_, fd, unix_path);
  if (!stream) {
    ::close(fd);
    return true;
  }
  const uint64_t id = ++last_id_;
  ++answers_.tally().connections;
  SinkConnection::Owner& owner = *this;
  auto& connection = connections_[id];
  connection = std::make_unique<SinkConnection>(owner, id, answers_, std::move(*stream), limits_.patience);
  connection->start(monotonic_now());
  return connections_.size() < limits_.connections;
}

void Sink::wake(uint64_t id, Nanos instead_of, Nanos when) {
  if (instead_of != 0) alarms_.erase({instead_of, id});
  if (when != 0) alarms_.emplace(when, id);
  if (!serving_due_) set_timer();
}

void Sink::set_timer() {
  const Nanos first = alarms_.empty() ? 0 : alarms_.begin()->first;
  if (first == std::exchange(timer_at_, first)) return;
  first == 0 ? due_.stop() : due_.start_at(first);
}

void Sink::on_due() {
  timer_at_ = 0;
  serving_due_ = true;
  const Nanos now = monotonic_now();
  while (!alarms_.empty() && alarms_.begin()->first <= now) {
    const uint64_t id = alarms_.begin()->second;
    alarms_.erase(alarms_.begin());
    connections_.at(id)->on_due();
  }
  serving_due_ = false;
  set_timer();
}

void Sink::on_over(uint64_t id) {
  auto node = connections_.extract(id);
  UMBRA_CHECK(!node.empty());
  loop_.retire(std::move(node.mapped()));
  for (const auto& listener : listeners_) listener->resume();
  if (connections_.empty() && on_drained_) std::exchange(on_drained_, nullptr)();
}

template <typename Do>
void Sink::each_connection(Do what) {
  for (auto next = connections_.begin(); next != connections_.end();) {
    SinkConnection& connection = *(next++)->second;
    what(connection);
  }
}

void Sink::drain(std::function<void()> on_over) {
  listeners_.clear();
  each_connection([](SinkConnection& connection) { connection.drain(); });
  if (connections_.empty()) return on_over();
  on_drained_ = std::move(on_over);
}

void Sink::cut() {
  each_connection([](SinkConnection& connection) { connection.cut(); });
}

}  // namespace umbra::generate
