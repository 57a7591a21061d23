// RunningWrapper: start-traffic-duplicator itself with an application, in a directory of its own, seen from
// outside: its log, its exit status, its processes, and what the application reports.
//
//   Plan plan;
//   plan.script = "delay=200";
//   RunningWrapper wrapper(plan);
//   EXPECT_EQ(status_of(wrapper.get("/")), 200u);
//
// Its end ends everything that it has started.  Made and used by the thread of the test.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/test_client.h"
#include "wrapper/app/report.h"
#include "wrapper/scratch.h"
#include "wrapper/test_ports.h"

namespace umbra::wrapper_test {

using support::kPatience;
using support::Millis;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

struct Plan {
  std::vector<std::string> program{UMBRA_WRAPPER};  // or {UMBRA_BINARY, "run"}
  uint16_t port = free_port_pair();
  std::vector<std::string> flags;                // before --
  std::vector<std::string> arguments;            // of the application
  std::vector<std::string> command;              // instead of the application and its arguments
  std::map<std::string, std::string> variables;  // PORT here wins; an empty one is not set
  std::map<std::string, std::string> files;      // in its working directory
  std::vector<std::string> directories;          // there
  std::string script;                            // APP_SCRIPT, report and all that is not said besides
  std::vector<std::string> under;                // what runs the wrapper: unshare --pid ...
  std::vector<int> ignored_signals;              // as some process managers leave them
  int terminal = -1;                             // the session's: input and output go there
  int error_output = -1;                         // instead of the log's file
};

class RunningWrapper {
 public:
  explicit RunningWrapper(const Plan& plan);
  ~RunningWrapper();
  RunningWrapper(const RunningWrapper&) = delete;
  RunningWrapper& operator=(const RunningWrapper&) = delete;

  pid_t pid() const noexcept { return pid_; }
  uint16_t port() const noexcept { return port_; }
  const Scratch& scratch() const noexcept { return scratch_; }

  std::string log() const;  // and what the application writes to its standard error
  // Lines that hold all of the parts.
  using Parts = std::initializer_list<std::string_view>;
  size_t count(Parts parts) const;
  std::string line(Parts parts) const;  // the last one; empty: none
  bool logs(Parts parts, size_t times = 1, Millis patience = kPatience) const;

  std::vector<Event> events(std::string_view kind) const;
  bool reports(std::string_view kind, size_t times = 1, Millis patience = kPatience) const;
  std::vector<std::string> texts(std::string_view kind) const;
  size_t signals(int number) const;
  bool gets_signal(int number, size_t times = 1) const;

  // Wait until they are there; 0: they were not in time.
  pid_t app_pid() const;
  pid_t proxy_pid() const;                // the last one that was started
  bool relays(size_t proxies = 1) const;  // so many proxies have got to relaying, one after another

  // Waits until somebody listens on PORT.
  bool accepts(Millis patience = kPatience) const;
  // A GET on a connection of its own; the raw answer, empty where there was none.
  std::string get(const std::string& target, Millis patience = kPatience) const;
  // The same once it accepts.
  unsigned status(const std::string& target = "/") const;

  void send(int signal) const;
  // The exit status as a shell gives it; nothing: it runs still.
  std::optional<int> wait_for_end(Millis patience = kPatience);
  // Nobody that it has started lives, but for those.
  bool leaves_nobody(Millis patience = kPatience) const;

 private:
  Scratch scratch_;
  uint16_t port_;
  pid_t pid_ = 0;
  std::optional<int> status_;
};

std::string request_for(const std::string& target);

}  // namespace umbra::wrapper_test
