#include "wrapper/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace umbra::wrapper {
namespace {

constexpr int kFirstHanded = 3;  // SD_LISTEN_FDS_START

[[noreturn]] void give_up(int report) {
  const int why = errno;
  [[maybe_unused]] const ssize_t told = ::write(report, &why, sizeof why);
  ::_exit(127);
}

// Via numbers above all targets, so that none is overwritten before it has moved.
void hand_over(const std::vector<Launch::Handed>& handed, int& report) {
  const int above = kFirstHanded + static_cast<int>(handed.size());
  report = ::fcntl(report, F_DUPFD_CLOEXEC, above);
  std::vector<int> moved;
  for (const auto& each : handed) moved.push_back(::fcntl(each.fd, F_DUPFD_CLOEXEC, above));
  for (size_t i = 0; i < moved.size(); ++i) {
    if (moved[i] < 0 || ::dup2(moved[i], kFirstHanded + static_cast<int>(i)) < 0) give_up(report);
  }
}

std::vector<std::string> environment_of(const Launch& what) {
  std::vector<std::string> all = what.environment;
  if (what.handed.empty()) return all;
  std::string names;
  for (const auto& each : what.handed) names += (names.empty() ? "" : ":") + each.name;
  all.push_back(fmt::format("LISTEN_PID={}", ::getpid()));
  all.push_back(fmt::format("LISTEN_FDS={}", what.handed.size()));
  all.push_back("LISTEN_FDNAMES=" + names);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// The wrapper has one thread, so all of C++ may be used between fork and exec.
[[noreturn]] void become(const Launch& what, pid_t parent, int report) {
  if (what.death_signal != 0) {
    ::prctl(PR_SET_PDEATHSIG, what.death_signal);
    if (::getppid() != parent) ::_exit(127);  // it died before it was asked for
  }
  if (what.quiet) {
    std::signal(SIGTTOU, SIG_IGN);  // or `stty tostop` stops it at its first line of log
    std::signal(SIGQUIT, SIG_IGN);  // a terminal's is the application's
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  }
  if (what.output >= 0 &&
      (::dup2(what.output, STDOUT_FILENO) < 0 || ::dup2(what.output, STDERR_FILENO) < 0)) {
    give_up(report);
  }
  hand_over(what.handed, report);
  std::vector<std::string> arguments = what.arguments;
  std::vector<std::string> environment = environment_of(what);
  ::pthread_sigmask(SIG_SETMASK, &what.mask, nullptr);
  ::execvpe(arguments.front().c_str(), pointers(arguments).data(), pointers(environment).data());
  give_up(report);
}

}  // namespace

Launched launch(const Launch& what) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) < 0) return {0, errno};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(what, parent, report[1]);
  const int fork_failure = errno;
  ::close(report[1]);
  int why = 0;
  ssize_t told = 0;
  if (pid > 0) {
    do told = ::read(report[0], &why, sizeof why);
    while (told < 0 && errno == EINTR);
  }
  ::close(report[0]);
  if (pid < 0) return {0, fork_failure};
  if (told != sizeof why) return {pid, 0};
  ::waitpid(pid, nullptr, 0);
  return {0, why};
}

int exit_status(int wait_status) noexcept {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string describe_end(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return fmt::format("exit status {}", WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  return fmt::format("signal {} ({})", number, ::strsignal(number));
}

}  // namespace umbra::wrapper
