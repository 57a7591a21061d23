// Signals: what the wrapper hears instead of being interrupted by it.
#pragma once

#include <csignal>
#include <optional>

namespace umbra::wrapper {

class Signals {
 public:
  // Blocks those that go to the app, SIGCHLD and SIGPIPE for this process.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  struct Heard {
    int number;
    // The kernel has sent it to the terminal's whole foreground group, which the app is in too.
    bool from_terminal;
  };
  // The next one that has come; nothing: none.
  std::optional<Heard> next();
  int fd() const noexcept { return fd_; }
  // Blocks what it was before, for a program that takes this process's place.
  void give_back() noexcept;
  // What was blocked before: for children.
  const sigset_t& original_mask() const noexcept { return original_; }

 private:
  sigset_t original_{};
  int fd_ = -1;
};

}  // namespace umbra::wrapper
