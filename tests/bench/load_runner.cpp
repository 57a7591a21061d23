#include "load_runner.h"

#include <array>
#include <cerrno>

namespace umbra::bench {
namespace {

constexpr size_t kReadBytes = 65'536;
constexpr uint64_t kConnectTimeoutNs = 10 * kNsPerSecond;
constexpr uint64_t kExpiryPeriodNs = 20 * kNsPerMs;
constexpr unsigned kItems = 100'000;

timespec until(uint64_t wake_ns) {
  const uint64_t now = now_ns();
  const uint64_t wait = wake_ns > now ? wake_ns - now : 0;
  return {static_cast<time_t>(wait / kNsPerSecond), static_cast<long>(wait % kNsPerSecond)};
}

}  // namespace

LoadRunner::LoadRunner(const LoadOptions& options)
    : options_(options),
      open_total_(options.rate * options.duration_ns / kNsPerSecond),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      events_(512),
      buffer_(kReadBytes) {}

LoadResult LoadRunner::run() {
  for (size_t i = 0; i < options_.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>());
    reopen(*connections_.back());
  }
  connect_all();
  started_ns_ = progress_ns_ = now_ns();
  uint64_t now = started_ns_;
  while ((outstanding_ > 0 || !waiting_.empty() || may_issue(now)) && !is_stuck(now)) {
    issue(now);
    turn(next_wake_ns(now));
    now = now_ns();
    if (now >= expiry_ns_) expire(now);
  }
  result_.unanswered += outstanding_ + waiting_.size();
  if (options_.requests > 0) result_.unanswered += options_.requests - issued_;
  result_.elapsed_ns = now_ns() - started_ns_;
  return std::move(result_);
}

void LoadRunner::open(Connection& connection) {
  connection.state = Connection::State::connecting;
  connection.reader.reset();
  connection.fd = Fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!connection.fd) fail_errno("socket");
  set_nodelay(connection.fd.get());
  const int rc = connect(connection.fd.get(), as_sockaddr(&options_.target), sizeof options_.target);
  // Any other failure comes back as an event; this one is the generator's own limit.
  if (rc != 0 && errno == EADDRNOTAVAIL) fail_errno("connect");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = &connection;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd.get(), &event);
}

// Keep-alive loops start their clock with all connections standing.
void LoadRunner::connect_all() {
  const uint64_t deadline = now_ns() + kConnectTimeoutNs;
  while (idle_.size() < connections_.size()) {
    if (now_ns() > deadline) fail("the target does not accept connections");
    turn(deadline);
  }
  result_.errors = 0;
}

void LoadRunner::turn(uint64_t wake_ns) {
  const timespec timeout = until(wake_ns);
  const int ready =
      epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    handle(*static_cast<Connection*>(event.data.ptr), event.events);
  }
}

void LoadRunner::handle(Connection& connection, uint32_t ready) {
  if (connection.state != Connection::State::connecting) {
    if ((ready & ~static_cast<uint32_t>(EPOLLOUT)) != 0) read_answer(connection);
    return;
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0 || (ready & EPOLLHUP) != 0) return on_broken(connection);
  if ((ready & EPOLLOUT) == 0) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
  if (connection.has_request) {
    connection.has_request = false;
    send_request(connection);
  } else {
    become_idle(connection);
  }
}

void LoadRunner::become_idle(Connection& connection) {
  connection.state = Connection::State::idle;
  idle_.push_back(&connection);
}

void LoadRunner::start(Connection& connection, uint64_t intended) {
  connection.intended_ns = intended;
  connection.sent_ns = now_ns();
  ++outstanding_;
  if (options_.new_connection) {
    connection.has_request = true;
    open(connection);
  } else {
    send_request(connection);
  }
}

void LoadRunner::send_request(Connection& connection) {
  connection.state = Connection::State::busy;
  connection.reader.reset();
  std::array<char, 256> request{};
  const int size = std::snprintf(request.data(), request.size(),
                                 "GET /item/%u HTTP/1.1\r\nHost: %s\r\n"
                                 "User-Agent: bench-load/1.0\r\nAccept: text/html,*/*;q=0.8\r\n\r\n",
                                 static_cast<unsigned>(issued_ % kItems), options_.host.c_str());
  // A hundred bytes on a connection with nothing outstanding always fit its buffer.
  const ssize_t sent = send(connection.fd.get(), request.data(), static_cast<size_t>(size), MSG_NOSIGNAL);
  if (sent != size) on_broken(connection);
}

void LoadRunner::read_answer(Connection& connection) {
  const ssize_t got = recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (connection.state == Connection::State::idle) {
    if (got > 0) ++result_.errors;
    return on_broken(connection);
  }
  if (got <= 0) return on_broken(connection);
  switch (connection.reader.feed({buffer_.data(), static_cast<size_t>(got)})) {
    case AnswerReader::State::more:
      return;
    case AnswerReader::State::bad:
      return on_broken(connection);
    case AnswerReader::State::complete:
      return on_answer(connection);
  }
}

void LoadRunner::on_answer(Connection& connection) {
  const uint64_t now = now_ns();
  const uint64_t intended = std::exchange(connection.intended_ns, 0);
  --outstanding_;
  progress_ns_ = now;
  result_.latencies.record_ns(now > intended ? now - intended : 0);
  if (options_.new_connection) connection.fd.reset();
  become_idle(connection);
  // At once, not at the end of the turn: a closed loop's client does not wait for others.
  if (options_.rate == 0) issue_closed(now);
}

// An idle connection that the server closes is its right, and no error.
void LoadRunner::on_broken(Connection& connection) {
  if (connection.state == Connection::State::idle) {
    std::erase(idle_, &connection);
  } else {
    ++result_.errors;
    if (connection.intended_ns != 0) --outstanding_;
  }
  reopen(connection);
}

void LoadRunner::reopen(Connection& connection) {
  connection.has_request = false;
  connection.intended_ns = 0;
  if (options_.new_connection) {
    connection.fd.reset();
    become_idle(connection);
  } else {
    open(connection);
  }
}

bool LoadRunner::may_issue(uint64_t now) const {
  if (options_.rate > 0) return issued_ < open_total_;
  if (options_.requests > 0) return issued_ < options_.requests;
  return now - started_ns_ < options_.duration_ns;
}

// A number of requests could take for ever against a target that answers none.
bool LoadRunner::is_stuck(uint64_t now) const {
  return options_.rate == 0 && now > progress_ns_ + 2 * options_.timeout_ns;
}

void LoadRunner::issue(uint64_t now) {
  if (options_.rate > 0) {
    issue_open(now);
  } else {
    issue_closed(now);
  }
}

void LoadRunner::issue_closed(uint64_t now) {
  while (!idle_.empty() && may_issue(now)) {
    Connection* connection = idle_.front();
    idle_.pop_front();
    ++issued_;
    start(*connection, now_ns());
  }
}

void LoadRunner::issue_open(uint64_t now) {
  while (issued_ < open_total_ && intended_ns(issued_) <= now) waiting_.push_back(intended_ns(issued_++));
  while (!waiting_.empty() && !idle_.empty()) {
    Connection* connection = idle_.front();
    idle_.pop_front();
    const uint64_t intended = waiting_.front();
    waiting_.pop_front();
    start(*connection, intended);
  }
}

uint64_t LoadRunner::intended_ns(uint64_t index) const {
  return started_ns_ + index * kNsPerSecond / options_.rate;
}

uint64_t LoadRunner::next_wake_ns(uint64_t now) const {
  const uint64_t check = now + kExpiryPeriodNs;
  if (options_.rate == 0 || issued_ >= open_total_) return check;
  return std::min(check, intended_ns(issued_));
}

// Ends what is overdue, so that a run always comes to its end.
void LoadRunner::expire(uint64_t now) {
  expiry_ns_ = now + kExpiryPeriodNs;
  // Requests that found no free connection wait as long as the run lasts, like people in a queue.
  if (options_.rate > 0 && now > started_ns_ + options_.duration_ns + options_.timeout_ns) {
    result_.unanswered += waiting_.size();
    waiting_.clear();
  }
  for (const auto& connection : connections_) {
    if (connection->intended_ns == 0 || connection->sent_ns + options_.timeout_ns >= now) continue;
    ++result_.unanswered;
    --outstanding_;
    reopen(*connection);
  }
}

}  // namespace umbra::bench
