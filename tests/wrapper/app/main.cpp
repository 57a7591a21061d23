// wrapper_app: the application of the wrapper's tests.  APP_SCRIPT says what it does (settings.h), its report
// what has happened to it.
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "wrapper/app/server.h"

namespace {

using namespace umbra::wrapper_test;

// A daemon as package scripts start them: its parent has ended, so it is somebody else's child.
void leave_child(const Settings& settings, const Report& report) {
  const pid_t middle = ::fork();
  if (middle == 0) {
    if (::fork() > 0) ::_exit(0);
    if (settings.child_ignores_term) std::signal(SIGTERM, SIG_IGN);
    report.tell("child", fmt::format("{}", ::getpid()));
    ::poll(nullptr, 0, settings.child_ms);
    ::_exit(0);
  }
  ::waitpid(middle, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = read_settings();
  const Report report(settings.report);
  for (int i = 1; i < argc; ++i) report.tell("argument", argv[i]);
  for (char** entry = environ; *entry != nullptr; ++entry) report.tell("variable", *entry);
  report.tell("pid", fmt::format("{}", ::getpid()));
  if (settings.child_ms > 0) leave_child(settings, report);
  const int status = Server(settings, report).run();
  std::_Exit(status);  // connections that idle hold their threads
}
