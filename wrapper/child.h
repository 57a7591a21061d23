// Starting a process, and saying how one has ended.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace umbra::wrapper {

struct Launch {
  std::vector<std::string> arguments;    // the first one is looked for on PATH
  std::vector<std::string> environment;  // NAME=value
  // Handed over as 3, 4, ... with the names of LISTEN_FDNAMES (sd_listen_fds(3)); all others are closed by
  // exec.
  struct Handed {
    int fd;
    std::string name;
  };
  std::vector<Handed> handed{};
  // It reads nothing, and a terminal neither stops nor quits it.
  bool quiet = false;
  int output = -1;       // becomes its standard output and error; -1: the wrapper's
  int death_signal = 0;  // what it gets when the wrapper dies
  sigset_t mask{};       // its signal mask
};

struct Launched {
  pid_t pid = 0;  // 0: it could not be started
  int error = 0;  // the errno of what failed, mostly of exec
};
Launched launch(const Launch& what);

// The exit status that a shell would give: 128 + N for signal N.
int exit_status(int wait_status) noexcept;
// "exit status 1", "signal 11 (Segmentation fault)".
std::string describe_end(int wait_status);

}  // namespace umbra::wrapper
