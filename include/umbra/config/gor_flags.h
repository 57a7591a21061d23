// GorFlag: every option that some gor since 2014 has had.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace umbra::config {

struct GorFlag {
  // level: a number, or as a boolean (--verbose was one up to v1.1.0).  list: may be repeated, of texts.
  enum class Type : uint8_t { boolean, level, integer, size, duration, text, list };
  // a: concerns a mirroring proxy.  b: another transport, recording, replaying.  c: packet capture.
  enum class Class : uint8_t { a, b, c };

  std::string_view name;  // without dashes
  Type type;
  Class kind;
  std::string_view alias_of;  // the newer name; empty: it is the newest itself
  std::string_view since;     // the first of gor's tags that has it
  std::string_view until;     // the last one; empty: it is there today
  std::string_view instead;   // why umbra accepts it and does nothing; empty: it does what it says

  bool applied() const noexcept { return instead.empty(); }
  // A name of 0.9.4 and before, whose meaning was another in part.
  bool legacy() const noexcept { return !alias_of.empty(); }
  std::string_view newest_name() const noexcept { return legacy() ? alias_of : name; }
};

// By name.
std::span<const GorFlag> gor_flags() noexcept;
// Null: there is none of that name.
const GorFlag* find_gor_flag(std::string_view name) noexcept;

}  // namespace umbra::config
