// Fault: one way in which a shadow can be bad, as a script for a ScriptedOrigin.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "support/scripted_origin.h"

namespace umbra::integration {

struct Fault {
  enum class Where : uint8_t { connected, refused, unresolved };

  const char* name;
  const char* why;
  support::Script script;
  // How a small, whole copy may end, in the words of /metrics; each of them must end in one of these.
  std::vector<std::string> outcomes;
  Where where = Where::connected;
  int receive_buffer = 0;
};

const std::vector<Fault>& faults();
const Fault& fault_named(std::string_view name);

inline std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }

}  // namespace umbra::integration
