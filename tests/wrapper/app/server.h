// The scriptable application's server: HTTP/1.1 with keep-alive, a thread a connection, and the end that
// a well-made server has: on SIGTERM it takes what waits in its queue, closes its listener, answers what is
// in flight and leaves.
//
//   GET /slow?ms=N   answered after N ms; told in the report when it comes and when it is answered
//   GET <any>        answered at once
// Every answer's body is `pid N`.
#pragma once

#include <atomic>
#include <csignal>

#include "wrapper/app/report.h"
#include "wrapper/app/settings.h"

namespace umbra::wrapper_test {

class Server {
 public:
  // Blocks all signals that it reports; both outlive it.
  Server(const Settings& settings, const Report& report);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Until it has been stopped; the exit status.
  int run();

 private:
  void listen();
  void hear();
  void accept_waiting();
  void stop();
  bool is_over() const;
  void serve(int fd);
  bool answer(int fd, const std::string& request);

  const Settings& settings_;
  const Report& report_;
  int signals_ = -1;
  int finished_ = -1;  // an eventfd: something in flight has ended
  int listener_ = -1;
  int64_t listen_at_;
  int64_t stopped_at_ = 0;  // 0: not yet
  std::atomic<bool> stopping_ = false;
  std::atomic<int> fresh_ = 0;  // connections that have not asked for anything yet
  std::atomic<int> busy_ = 0;   // requests that are not answered yet
};

}  // namespace umbra::wrapper_test
