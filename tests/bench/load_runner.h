// The request loops of the load generator: closed (each connection sends its next
// request when the last is answered) and open (requests have intended times on a
// fixed schedule, and latency counts from there, so that a server which stalls
// cannot make the generator stop asking).  One thread, raw epoll.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "answer_reader.h"
#include "common.h"
#include "latencies.h"

namespace umbra::bench {

struct LoadOptions {
  sockaddr_in target{};
  std::string host;  // what the Host field says
  size_t connections = 64;
  uint64_t requests = 0;  // 0: until duration_ns has passed
  uint64_t duration_ns = 0;
  uint64_t rate = 0;            // requests a second; 0: closed loop
  uint64_t timeout_ns = 0;      // of one request, from when it is sent
  bool new_connection = false;  // one connection per request
};

struct LoadResult {
  uint64_t errors = 0;      // broken connections, answers other than 2xx
  uint64_t unanswered = 0;  // not answered within the timeout, or not even sent for want of a connection
  uint64_t elapsed_ns = 0;
  Latencies latencies;
};

class LoadRunner {
 public:
  explicit LoadRunner(const LoadOptions& options);
  LoadResult run();

 private:
  struct Connection {
    enum class State : uint8_t { connecting, idle, busy };
    Fd fd;
    State state = State::connecting;
    bool has_request = false;  // waits for the connect to finish
    uint64_t sent_ns = 0;      // the timeout counts from here
    uint64_t intended_ns = 0;  // of the request it carries; 0 when it has none
    AnswerReader reader;
  };

  void open(Connection& connection);
  void connect_all();
  void start(Connection& connection, uint64_t intended_ns);
  void send_request(Connection& connection);
  void turn(uint64_t wake_ns);
  void handle(Connection& connection, uint32_t ready);
  void read_answer(Connection& connection);
  void on_answer(Connection& connection);
  void on_broken(Connection& connection);
  void reopen(Connection& connection);
  void become_idle(Connection& connection);

  bool may_issue(uint64_t now) const;
  bool is_stuck(uint64_t now) const;
  void issue(uint64_t now);
  void issue_closed(uint64_t now);
  void issue_open(uint64_t now);
  uint64_t intended_ns(uint64_t index) const;
  uint64_t next_wake_ns(uint64_t now) const;
  void expire(uint64_t now);

  const LoadOptions options_;
  const uint64_t open_total_;  // requests of the open loop's schedule
  Fd epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;  // first in, first out: the load spreads over all of them
  std::deque<uint64_t> waiting_;  // intended times that no connection was free for
  LoadResult result_;
  uint64_t started_ns_ = 0;
  uint64_t progress_ns_ = 0;  // when the last answer came
  uint64_t issued_ = 0;
  uint64_t outstanding_ = 0;
  uint64_t expiry_ns_ = 0;  // when deadlines are looked at next
  std::vector<epoll_event> events_;
  std::vector<char> buffer_;
};

}  // namespace umbra::bench
