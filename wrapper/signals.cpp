#include "wrapper/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "umbra/base/check.h"

namespace umbra::wrapper {
namespace {

// Of a terminal that hangs up the kernel tells the session's leader, whose task it is to tell the others.
bool is_for_leader_alone(int number) { return number == SIGHUP && ::getsid(0) == ::getpid(); }

}  // namespace

Signals::Signals() {
  sigset_t heard;
  sigemptyset(&heard);
  for (const int number :
       {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTTIN, SIGTTOU, SIGCHLD}) {
    sigaddset(&heard, number);
  }
  // Who has started the wrapper may have left it ignored: then no child's end would be told.
  std::signal(SIGCHLD, SIG_DFL);
  sigset_t blocked = heard;
  sigaddset(&blocked, SIGPIPE);  // a log that nobody reads any more ends nothing
  ::pthread_sigmask(SIG_BLOCK, &blocked, &original_);
  fd_ = ::signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
  UMBRA_CHECK(fd_ >= 0);
}

Signals::~Signals() {
  ::close(fd_);
  give_back();
}

void Signals::give_back() noexcept {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const timespec now{};
  ::sigtimedwait(&pipe, nullptr, &now);  // one that waits would come now
  ::pthread_sigmask(SIG_SETMASK, &original_, nullptr);
}

std::optional<Signals::Heard> Signals::next() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  const int number = static_cast<int>(info.ssi_signo);
  return Heard{number, info.ssi_code == SI_KERNEL && !is_for_leader_alone(number)};
}

}  // namespace umbra::wrapper
