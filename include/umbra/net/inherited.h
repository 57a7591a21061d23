// What a process was handed at its start, by the convention of sd_listen_fds(3): listening sockets, of a
// systemd socket unit or of the wrapper, and the wrapper's leash.
#pragma once

#include <vector>

#include "umbra/net/listener.h"

namespace umbra::net {

struct Inherited {
  std::vector<ListenSocket> sockets;
  // Where LISTEN_FDNAMES calls one `leash` (leash.h).
  // -1: there is none.  Whoever takes it closes it.
  int leash = -1;

  static constexpr unsigned kMax = 64;
};

// Takes what LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES speak of, once: the variables are gone afterwards, so
// that no child takes them for its own.  Nothing where LISTEN_PID is another process; an error where a
// descriptor is neither.  Before other threads run.
Result<Inherited> take_inherited();

}  // namespace umbra::net
