#include "umbra/mirror/own_lines.h"

#include <fmt/format.h>

namespace umbra::mirror {

std::string host_line_of(const ShadowOptions& shadow) {
  const bool named = shadow.rules.host.mode == rules::Host::Mode::name;
  return fmt::format("Host: {}\r\n", named ? shadow.rules.host.name : shadow.authority);
}

std::string marker_line_of(const ShadowOptions& shadow) {
  return shadow.marker ? fmt::format("Umbra-Copy: {}\r\n", shadow.name) : "";
}

}  // namespace umbra::mirror
