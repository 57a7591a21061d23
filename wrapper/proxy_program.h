// How the wrapper calls the program umbra.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "umbra/net/address.h"
#include "wrapper/environment.h"
#include "wrapper/options.h"
#include "wrapper/restart_policy.h"

namespace umbra::wrapper {

class ProxyProgram {
 public:
  // `options` outlives it.
  ProxyProgram(const Options& options, Environment environment);

  const std::string& path() const noexcept { return path_; }
  // Of `umbra proxy` in a mode, for an app that listens there.
  std::vector<std::string> arguments(Mode mode, const net::Address& app) const;
  const Environment& environment(Mode mode) const noexcept { return mode == Mode::bare ? bare_ : full_; }

  enum class Verdict : uint8_t { sound, faulty, unusable };
  struct Judgement {
    Verdict verdict = Verdict::sound;
    std::vector<std::string>
        lines;  // what `umbra check` says against the configuration, or why it did not run
  };
  // Runs `umbra check` on what the proxy will be told, kPatience at most.
  Judgement judge(const net::Address& app, const sigset_t& mask) const;

  // A file that is there and not used, since something before it says what to do; empty: none.
  std::string unused_file() const;

  // What the proxy may take for its drain; the rest of --stop-timeout is the app's.
  Nanos drain_timeout() const noexcept;

  static constexpr Nanos kPatience = 10 * kSecond;

 private:
  bool is_given(std::string_view flag) const;
  bool uses_gor_file() const;
  void add(std::vector<std::string>& all, std::string_view flag, std::string_view value) const;
  std::vector<std::string> flags(Mode mode, const net::Address& app) const;

  const Options& options_;
  std::string path_;
  Environment full_;
  Environment bare_;  // without umbra's own variables
};

}  // namespace umbra::wrapper
