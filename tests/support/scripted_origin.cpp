#include "support/scripted_origin.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

#include "support/loopback.h"
#include "umbra/base/check.h"

namespace umbra::support {
ScriptedOrigin::Event::Event() : fd_(::eventfd(0, EFD_CLOEXEC)) { UMBRA_CHECK(fd_ >= 0); }

ScriptedOrigin::Event::~Event() { ::close(fd_); }

void ScriptedOrigin::Event::set() { UMBRA_CHECK(::eventfd_write(fd_, 1) == 0); }

// ---- a connection ----

OriginConnection::OriginConnection(ScriptedOrigin& origin, Record& record, size_t index, int fd, int stop_fd)
    : Wire(fd, stop_fd), origin_(origin), record_(record), index_(index) {}

std::string OriginConnection::read_request(Millis patience) {
  std::string request = read_message(MessageKind::request, patience);
  if (!first_message(request, MessageKind::request).whole) return "";
  const std::string_view kept = request.size() <= origin_.record_max_ ? request : std::string_view();
  origin_.change([&] { record_.requests.emplace_back(kept); });
  return request;
}

void OriginConnection::hold(Millis patience) {
  std::array<pollfd, 2> watched{pollfd{origin_.released_.fd(), POLLIN, 0}, pollfd{stop_fd(), POLLIN, 0}};
  ::poll(watched.data(), watched.size(), static_cast<int>(patience.count()));
}

void OriginConnection::on_received(std::string_view bytes) {
  origin_.change([&] {
    record_.bytes +=
        bytes.substr(0, origin_.record_max_ - std::min(origin_.record_max_, record_.bytes.size()));
  });
}

// ---- the origin ----

ScriptedOrigin::ScriptedOrigin(Script script, OriginOptions options)
    : listener_(bind_to_loopback(options.receive_buffer)),
      record_max_(options.record_max),
      port_(port_of(listener_)),
      script_(std::move(script)) {
  ends_.emplace_back();
  if (options.listening) listen();
}

ScriptedOrigin::~ScriptedOrigin() {
  stop_.set();
  if (acceptor_.joinable()) acceptor_.join();
  ends_.back().set();
  for (std::thread& thread : threads_) thread.join();  // nobody adds to them any more
  ::close(listener_);
}

void ScriptedOrigin::listen() {
  UMBRA_CHECK(::listen(listener_, kBacklog) == 0);
  acceptor_ = std::thread([this] { accept_loop(); });
}

void ScriptedOrigin::accept_loop() {
  std::array<pollfd, 2> watched{pollfd{listener_, POLLIN, 0}, pollfd{stop_.fd(), POLLIN, 0}};
  for (;;) {
    ::poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0) return;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) take(fd);
  }
}

void ScriptedOrigin::take(int fd) {
  change([&] {
    Record& record = records_.emplace_back();
    const size_t index = records_.size() - 1;
    threads_.emplace_back([this, &record, index, fd, stop_fd = ends_.back().fd(), script = script_] {
      OriginConnection connection(*this, record, index, fd, stop_fd);
      serve(connection, record, script);
    });
  });
}

void ScriptedOrigin::serve(OriginConnection& connection, Record& record, const Script& script) {
  script(connection);
  connection.close();
  change([&] {
    record.ending = connection.ending();
    record.over = true;
  });
}

void ScriptedOrigin::change(const std::function<void()>& what) {
  const std::lock_guard lock(mutex_);
  what();
  changed_.notify_all();
}

void ScriptedOrigin::play(Script script) {
  change([&] { script_ = std::move(script); });
}

void ScriptedOrigin::replace(Script script) {
  change([&] {
    script_ = std::move(script);
    ends_.back().set();
    ends_.emplace_back();
  });
}

void ScriptedOrigin::release() { released_.set(); }

// ---- what it has seen ----

size_t ScriptedOrigin::connections() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}

size_t ScriptedOrigin::requests() const { return all_requests().size(); }

std::vector<Record> ScriptedOrigin::records() const {
  const std::lock_guard lock(mutex_);
  return {records_.begin(), records_.end()};
}

Record ScriptedOrigin::record(size_t connection) const {
  const std::lock_guard lock(mutex_);
  UMBRA_CHECK(connection < records_.size());
  return *std::next(records_.begin(), static_cast<std::ptrdiff_t>(connection));
}

std::vector<std::string> ScriptedOrigin::all_requests() const {
  std::vector<std::string> all;
  const std::lock_guard lock(mutex_);
  for (const Record& record : records_) all.insert(all.end(), record.requests.begin(), record.requests.end());
  return all;
}

bool ScriptedOrigin::wait_for(const Predicate& holds, Millis patience) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return holds(records_); });
}

bool ScriptedOrigin::wait_for_connections(size_t count, Millis patience) const {
  return wait_for([&](const auto& records) { return records.size() >= count; }, patience);
}

bool ScriptedOrigin::wait_for_requests(size_t count, Millis patience) const {
  return wait_for(
      [&](const auto& records) {
        return count <= std::accumulate(records.begin(), records.end(), size_t{0},
                                        [](size_t n, const Record& r) { return n + r.requests.size(); });
      },
      patience);
}

bool ScriptedOrigin::wait_for_bytes(size_t connection, size_t count, Millis patience) const {
  return wait_for(
      [&](const auto& records) {
        if (records.size() <= connection) return false;
        return std::next(records.begin(), static_cast<std::ptrdiff_t>(connection))->bytes.size() >= count;
      },
      patience);
}

bool ScriptedOrigin::wait_until_over(Millis patience) const {
  return wait_for(
      [](const auto& records) {
        return std::all_of(records.begin(), records.end(), [](const Record& r) { return r.over; });
      },
      patience);
}

}  // namespace umbra::support
