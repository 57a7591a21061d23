// Supervisor: the application and umbra's proxy side by side, from the application's start to its end.
//
//   starting ──the app accepts──▶ serving ──SIGTERM──▶ draining ──the proxy has ended, or its time──▶ ending
//   ──▶ over
//      │  │                          └──the app has ended─────────────────────────────────────────────▲
//      │  └──SIGTERM, the app has ended───────────────────────────────────────────────────────────────┘
//      └──the app has taken $PORT itself──▶ aside (no proxy) ──▶ ending
//
// The one thread of the wrapper; run() returns when nothing that it has started is left.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "umbra/base/log.h"
#include "wrapper/front.h"
#include "wrapper/options.h"
#include "wrapper/proxy_program.h"
#include "wrapper/restart_policy.h"
#include "wrapper/signals.h"

namespace umbra::wrapper {

// The application as it is started.
struct AppProcess {
  std::vector<std::string> arguments;
  Environment environment;
  std::vector<net::Address> addresses;  // where it may listen: the first that accepts is taken
};

class Supervisor {
 public:
  // All of them outlive it.
  Supervisor(const Options& options, const AppProcess& app, const ProxyProgram& program, Signals& signals,
             Log& log);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // The exit status: the application's.  `mode`: how the proxy is started first.
  int run(Front front, Mode mode);

  static constexpr Nanos kProbeEvery = 10 * kMillisecond;
  static constexpr Nanos kLookAside = 500 * kMillisecond;
  // SIGTERMs that come so near to each other are one.
  static constexpr Nanos kAtOnce = kSecond;
  // What the app has left running gets so long after SIGTERM.
  static constexpr Nanos kLeftovers = 2 * kSecond;

 private:
  enum class State : uint8_t { starting, serving, aside, draining, ending, over };

  bool start_app();
  void wait();
  Nanos next_wake() const;
  void hear();
  void on_signal(const Signals::Heard& heard);
  void on_time(Nanos now);
  void look_for_app(Nanos now);
  void serve();
  void stand_aside();
  void start_proxy();
  void reap();
  void on_app_end(int status);
  void on_proxy_end(int status);
  void restart_later(bool refused);
  void stop();
  void stop_app();
  void hear_proxy();
  void let_proxy_go();
  void drop_leash();
  void kill_all();
  void end_if_alone();
  void end_leftovers();

  const Options& options_;
  const AppProcess& app_;
  const ProxyProgram& program_;
  Signals& signals_;
  Log& log_;
  std::optional<Front> front_;
  std::optional<RestartPolicy> policy_;
  State state_ = State::starting;
  net::Address app_address_;  // the one that has accepted
  pid_t app_pid_ = 0;         // 0: it has ended
  pid_t proxy_pid_ = 0;       // 0: none runs
  int leash_ = -1;            // the other end of the proxy's (net/leash.h)
  int status_ = 0;
  bool stopping_ = false;  // SIGTERM has come
  // When the proxy was sent one, too: at the same time as the wrapper means that a platform has sent it to
  // every process.  0: it was not.
  Nanos proxy_sigterm_ = 0;
  Nanos started_ = 0;
  bool waited_too_long_ = false;
  Nanos stop_deadline_ = 0;  // the end of --stop-timeout, once SIGTERM has come
  // Times of what is to happen; 0: not.
  Nanos probe_at_ = 0;
  Nanos look_aside_at_ = 0;
  Nanos restart_at_ = 0;
  Nanos stop_app_at_ = 0;
  Nanos kill_at_ = 0;
};

}  // namespace umbra::wrapper
