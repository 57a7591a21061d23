// Leash: what a process is held by: a stream socket whose other end its starter has.
//
// That end's going is the order to drain.  It takes the place of SIGTERM and SIGINT, which a platform may send to every
// process at once, so that the starter says in which order its processes end.
#pragma once

#include <functional>

#include "umbra/net/loop.h"

namespace umbra::net {

class Leash {
 public:
  // Takes `fd`.  `on_let_go` is called once, on the loop, which does not stay alive for it.
  Leash(Loop& loop, int fd, std::function<void()> on_let_go);
  ~Leash();
  Leash(const Leash&) = delete;
  Leash& operator=(const Leash&) = delete;

  // Lets the starter know that this process has been sent SIGTERM, and so perhaps all of its processes.
  void report_sigterm() noexcept;

 private:
  int fd_;
  std::function<void()> on_let_go_;
  Handle<uv_poll_t> poll_;
};

}  // namespace umbra::net
