// Steering: what a person may change while umbra runs.  The admin server asks for it, the app layer does it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace umbra::control {

// What is to be changed of a shadow, or of all; at least one thing is.
struct Order {
  std::optional<std::string> shadow;  // its name; none: all
  std::optional<bool> paused;
  bool sets_percent = false;
  std::optional<uint32_t> percent;  // in hundredths of a percent; none: as configured
};

struct ReloadReport {
  enum class Outcome : uint8_t {
    done,
    invalid,  // the configuration has problems
    refused,  // it is not the time for it: umbra drains
  };
  Outcome outcome = Outcome::done;
  std::vector<std::string> changes;        // done: what is different now, one phrase each; none: nothing
  std::vector<std::string> needs_restart;  // done: what differs but stays as it was until the next start
  std::vector<std::string> problems;       // invalid, refused: nothing was changed
};

class Steering {
 public:
  using Steered = std::function<void(bool found)>;
  using Reloaded = std::function<void(ReloadReport)>;
  // Each calls `done` once, later, on the caller's loop, when every worker goes by the change.
  // found: there is a shadow of the order's name.
  virtual void steer(Order order, Steered done) = 0;
  virtual void reload(Reloaded done) = 0;

 protected:
  ~Steering() = default;
};

}  // namespace umbra::control
