// What the scriptable application tells the test that has started it: one line an event in a file that both
// know, written at once, so that it is there after any death.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::wrapper_test {

struct Event {
  int64_t at = 0;  // CLOCK_MONOTONIC, ns
  std::string kind;
  std::string text;
};

int64_t monotonic_ns();

// The application's side; any thread, and any of its processes.
class Report {
 public:
  explicit Report(const std::string& file);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  void tell(std::string_view kind, std::string_view text, int64_t at = monotonic_ns()) const;

 private:
  int fd_;
};

// The test's side: all so far; none where there is no file yet.
std::vector<Event> read_events(const std::string& file);

}  // namespace umbra::wrapper_test
