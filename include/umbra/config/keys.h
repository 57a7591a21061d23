// The one table of everything that can be configured.  From it come the parsing and the types of the file,
// the flags and their variables, --help, the JSON Schema, docs/configuration.md and what `umbra check`
// prints.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::config {

enum class Shape : uint8_t {
  one,       // a scalar
  some,      // a scalar or a list of them
  named,     // names with a scalar each
  section,   // a map of further keys
  sections,  // a list of such maps
  either,    // a scalar, or a map of further keys
};

enum class Type : uint8_t {
  text,    // without control bytes
  filled,  // ... and not empty
  boolean,
  number,    // low to high
  size,      // bytes, low to high
  duration,  // ns, low to high
  percent,   // hundredths of a percent, to 100 %
  rate,      // 100/s
  choice,    // one of `words`
  listen,    // an address to listen on
  target,    // an address to connect to
  url,       // a shadow's
  file,
  name,         // a shadow's
  field_name,   // of a header
  edited_name,  // of a header that a rule may write
  id_name,      // of a header that live requests may get
  method,
  host,         // a Host field's value
  network,      // an address or a CIDR block
  pattern,      // RE2
  replacement,  // $1, ${1}, ${name}; variables alone are expanded in it, not $$
  json_path,    // user.email
  prefix,       // of a path
  query_part,   // a parameter's name or value
};

// A flag of `umbra proxy`; its variable is UMBRA_ and the name in upper case with '_' for '-'.
struct Flag {
  std::string_view name = {};  // without the dashes; empty: there is none
  std::string_view group = {};
  std::string_view argument = {};  // empty: a switch
  std::string_view example = {};
  std::string_view fallback = {};  // shown in --help instead of the key's
};

struct Key {
  std::string_view path = {};  // "mirror.memory", "shadows[].percent"; empty: a flag alone
  Shape shape = Shape::one;
  Type type = Type::text;
  std::string_view words = {};  // that may stand instead, or the choices: "off|append"
  uint64_t low = 0;
  uint64_t high = 0;
  std::string_view expected = {};  // "1 to 256 or auto"; of choices it is made of `words`
  std::string_view fallback = {};  // empty: none
  std::string_view help = {};
  std::string_view example = {};  // the value as YAML
  Flag flag = {};
  bool secret = false;

  std::string_view leaf() const noexcept { return path.substr(path.rfind('.') + 1); }
};

// In the order of the file.
std::span<const Key> keys();
const Key* find_key(std::string_view path);
const Key* find_flag(std::string_view flag);
// The keys directly below a section: `shadows[]`, `mirror`, or empty for the whole file.
std::vector<const Key*> keys_below(std::string_view section);
// "shadows[]" for a list of sections, else the path.
std::string section_path(const Key& key);

std::vector<std::string_view> words_of(const Key& key);
// "text, logfmt or json", "1 to 256 or auto".
std::string expectation(const Key& key);
std::string variable_of(const Flag& flag);

}  // namespace umbra::config
