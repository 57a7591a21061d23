// bench_origin: a small HTTP/1.1 server, the app and the shadow of every measurement.
//
// One thread, raw epoll, level-triggered: it has to be cheaper than any proxy in
// front of it, or the measurement would be one of the origin.  All requests of
// one read are answered with one write, as good servers do with a pipeline.
#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <unordered_map>

#include "common.h"
#include "request_reader.h"

namespace umbra::bench {
namespace {

enum class Mode : uint8_t { healthy, late, hung, closed, never_read };

constexpr size_t kReadBytes = 262'144;
constexpr size_t kUnsentBytesMax = 4'194'304;  // a peer that pipelines but never reads waits here

Mode parse_mode(const std::string& text) {
  if (text == "healthy") return Mode::healthy;
  if (text == "late") return Mode::late;
  if (text == "hung") return Mode::hung;
  if (text == "closed") return Mode::closed;
  if (text == "never-read") return Mode::never_read;
  fail("--mode expects healthy, late, hung, closed or never-read, not '" + text + "'");
}

struct Counts {
  uint64_t requests = 0;
  uint64_t connections = 0;
  uint64_t body_bytes = 0;
  uint64_t bad = 0;      // streams that were no HTTP/1
  uint64_t cut_off = 0;  // connections that ended inside a request
};

struct Connection {
  Fd fd;
  uint64_t serial = 0;
  RequestReader reader;
  std::string unsent;
  bool is_counting = false;  // has asked for /__count, so it is not in the counts
  bool is_bad = false;
  bool closes_when_sent = false;
  bool alive = true;
};

struct LateAnswer {
  uint64_t due_ns;
  uint64_t serial;
  Request request;
};

class Origin {
 public:
  explicit Origin(const Flags& flags)
      : mode_(parse_mode(flags.text("--mode", "healthy"))),
        late_ns_(flags.number("--late-ms", 500) * kNsPerMs),
        body_(flags.number("--body-bytes", 128), 'x'),
        epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    listen_on(static_cast<uint16_t>(flags.number("--port", 0)));
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events{};
    while (true) {
      const int ready = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
      refresh_answer();
      for (int i = 0; i < ready; ++i) handle(events[static_cast<size_t>(i)]);
      send_late_answers();
      graveyard_.clear();
    }
  }

 private:
  void listen_on(uint16_t port) {
    listener_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = parse_address("127.0.0.1:" + std::to_string(port));
    if (bind(listener_.get(), as_sockaddr(&address), sizeof address) != 0) fail_errno("bind");
    if (listen(listener_.get(), 4'096) != 0) fail_errno("listen");
    watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN, nullptr);
    announce(local_port(listener_.get()));
  }

  void watch(int fd, int operation, uint32_t interest, Connection* connection) {
    epoll_event event{};
    event.events = interest;
    event.data.ptr = connection;
    epoll_ctl(epoll_.get(), operation, fd, &event);
  }

  int wait_ms() const {
    if (late_.empty()) return -1;
    const uint64_t now = now_ns();
    if (late_.front().due_ns <= now) return 0;
    return static_cast<int>((late_.front().due_ns - now + kNsPerMs - 1) / kNsPerMs);
  }

  // Rendered once a second, for its Date, and not once an answer.
  void refresh_answer() {
    const std::time_t now = std::time(nullptr);
    if (now == rendered_at_) return;
    rendered_at_ = now;
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 64> date{};
    std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    answer_ = std::string("HTTP/1.1 200 OK\r\nDate: ") + date.data() +
              "\r\nServer: bench-origin\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: " +
              std::to_string(body_.size()) + "\r\n\r\n";
    answer_head_bytes_ = answer_.size();
    answer_ += body_;
  }

  void handle(const epoll_event& event) {
    auto* connection = static_cast<Connection*>(event.data.ptr);
    if (connection == nullptr) return accept_all();
    if (!connection->alive) return;
    if ((event.events & EPOLLOUT) != 0) flush(*connection);
    if (connection->alive && (event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
      read_once(*connection);
    }
  }

  void accept_all() {
    while (true) {
      Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) return;
      if (mode_ == Mode::closed) continue;
      set_nodelay(fd.get());
      auto connection = std::make_unique<Connection>();
      connection->fd = std::move(fd);
      connection->serial = ++serial_;
      ++counts_.connections;
      if (mode_ != Mode::never_read) {
        watch(connection->fd.get(), EPOLL_CTL_ADD, EPOLLIN, connection.get());
      }
      connections_.emplace(serial_, std::move(connection));
    }
  }

  void read_once(Connection& connection) {
    const ssize_t got = recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return end(connection);
    requests_.clear();
    const std::string_view bytes(buffer_.data(), static_cast<size_t>(got));
    const bool sound = connection.reader.feed(bytes, requests_);
    counts_.body_bytes += connection.reader.take_body_bytes();
    batch_.clear();
    if (connection.reader.take_expectation()) batch_ += "HTTP/1.1 100 Continue\r\n\r\n";
    for (const Request& request : requests_) take(connection, request);
    if (!sound) {
      ++counts_.bad;
      connection.is_bad = true;
      connection.closes_when_sent = true;
    }
    send_batch(connection);
  }

  void take(Connection& connection, const Request& request) {
    if (request.is_count) {
      if (!connection.is_counting) --counts_.connections;
      connection.is_counting = true;
      connection.closes_when_sent = request.closes;
      append_count();
      return;
    }
    ++counts_.requests;
    if (mode_ == Mode::healthy) {
      append_answer(connection, request);
    } else if (mode_ == Mode::late) {
      late_.push_back({now_ns() + late_ns_, connection.serial, request});
    }
  }

  void append_answer(Connection& connection, const Request& request) {
    if (!request.closes) {
      batch_.append(answer_, 0, request.is_head ? answer_head_bytes_ : answer_.size());
      return;
    }
    batch_.append(answer_, 0, answer_head_bytes_ - 2).append("Connection: close\r\n\r\n");
    if (!request.is_head) batch_ += body_;
    connection.closes_when_sent = true;
  }

  void append_count() {
    const std::string json = "{\"requests\": " + std::to_string(counts_.requests) +
                             ", \"connections\": " + std::to_string(counts_.connections) +
                             ", \"body_bytes\": " + std::to_string(counts_.body_bytes) +
                             ", \"bad\": " + std::to_string(counts_.bad) +
                             ", \"cut_off\": " + std::to_string(counts_.cut_off) + "}\n";
    batch_ += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(json.size()) + "\r\n\r\n" + json;
  }

  void send_late_answers() {
    if (late_.empty()) return;
    const uint64_t now = now_ns();
    while (!late_.empty() && late_.front().due_ns <= now) {
      const LateAnswer answer = late_.front();
      late_.pop_front();
      const auto found = connections_.find(answer.serial);
      if (found == connections_.end()) continue;
      batch_.clear();
      append_answer(*found->second, answer.request);
      send_batch(*found->second);
    }
  }

  void send_batch(Connection& connection) {
    size_t sent = 0;
    if (connection.unsent.empty() && !batch_.empty()) {
      const ssize_t rc = send(connection.fd.get(), batch_.data(), batch_.size(), MSG_NOSIGNAL);
      if (rc < 0 && errno != EAGAIN) return end(connection);
      sent = rc < 0 ? 0 : static_cast<size_t>(rc);
    }
    if (sent < batch_.size()) {
      connection.unsent.append(batch_, sent);
      await_writable(connection);
    } else if (connection.closes_when_sent && connection.unsent.empty()) {
      end(connection);
    }
  }

  void flush(Connection& connection) {
    const ssize_t rc =
        send(connection.fd.get(), connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (rc < 0 && errno != EAGAIN) return end(connection);
    if (rc > 0) connection.unsent.erase(0, static_cast<size_t>(rc));
    if (!connection.unsent.empty()) return await_writable(connection);
    if (connection.closes_when_sent) return end(connection);
    watch(connection.fd.get(), EPOLL_CTL_MOD, EPOLLIN, &connection);
  }

  void await_writable(Connection& connection) {
    const bool full = connection.unsent.size() > kUnsentBytesMax;
    const uint32_t interest = EPOLLOUT | (full ? 0U : static_cast<uint32_t>(EPOLLIN));
    watch(connection.fd.get(), EPOLL_CTL_MOD, interest, &connection);
  }

  // Later events of the same turn may still point to it, so it dies after the turn.
  void end(Connection& connection) {
    if (!connection.alive) return;
    connection.alive = false;
    if (!connection.is_bad && !connection.reader.between_requests()) ++counts_.cut_off;
    connection.fd.reset();
    const auto found = connections_.find(connection.serial);
    graveyard_.push_back(std::move(found->second));
    connections_.erase(found);
  }

  const Mode mode_;
  const uint64_t late_ns_;
  const std::string body_;
  Fd epoll_;
  Fd listener_;
  uint64_t serial_ = 0;
  Counts counts_;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> graveyard_;
  std::deque<LateAnswer> late_;  // one delay for all, so the order of arrival is the order of leaving
  std::vector<Request> requests_;
  std::string batch_;
  std::string answer_;
  size_t answer_head_bytes_ = 0;
  std::time_t rendered_at_ = 0;
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
};

}  // namespace
}  // namespace umbra::bench

int main(int argc, char** argv) {
  using namespace umbra::bench;
  const Flags flags(argc, argv, {"--port", "--mode", "--late-ms", "--body-bytes"}, {});
  start_program();
  Origin(flags).run();
}
