// Kind: one kind of live traffic, as what a client does on one connection.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {

// What the client has seen.
struct Heard {
  std::string bytes;
  support::Ending ending = support::Ending::open;
  support::Clock::duration took{};  // from its first byte to the last answer's last
};

struct Kind {
  const char* name;
  const char* why;
  size_t requests;          // that umbra follows
  bool small_whole_copies;  // each of them can be copied, and fits every bound
  bool no_bodies_back;      // answers have heads only
  // `app` serves HTTP; nobody else speaks to it.
  Heard (*talk)(uint16_t port, const support::ScriptedOrigin& app);
};

const std::vector<Kind>& kinds();
// For shadows with rules that look into bodies (arena.h).
const std::vector<Kind>& kinds_under_rules();

inline std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

}  // namespace umbra::integration
