// What a run has come to, for people and for machines.
#pragma once

#include <string>

#include "umbra/generate/runner.h"

namespace umbra::generate {

// What the run was, in the words of who started it.
struct Heading {
  std::string target;  // the URL, without secrets
  std::string method;
  std::string load;  // "200/s for 30s, even"
  uint64_t seed = 0;
};

std::string summary_text(const Heading& heading, const Outcome& outcome);
// One JSON object and a line end; times in seconds.
std::string summary_json(const Heading& heading, const Outcome& outcome);

// "1.25 ms", "340 us", "2.5 s": three digits at most.
std::string short_time(Nanos time);

}  // namespace umbra::generate
