// Head: a message's head as received (raw bytes) and where its parts lie in them.
//
// The strict check of the design: what llhttp lets through (facts differ by its version) and what two
// readers could take differently is a fault here.  Nothing is copied; views point into raw().
// One Head is reused for message after message, so that its index is allocated once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "umbra/base/reason.h"

namespace umbra::http {

enum class Side : uint8_t { request, response };

// Field names that umbra acts on.
enum class Name : uint8_t {
  other,
  connection,
  content_length,
  expect,
  host,
  keep_alive,
  marker,  // Umbra-Copy
  proxy,   // Proxy-Connection, Proxy-Authorization, Proxy-Authenticate ...
  te,
  transfer_encoding,
  upgrade,
};

struct Field {
  std::string_view line;  // with its CR LF
  std::string_view name;
  std::string_view value;  // without blanks around it
  Name known = Name::other;
};

inline constexpr size_t kFieldsMax = 1000;  // Heroku's router has the same bound

class Head {
 public:
  // The first `size` bytes of what parse() was given.
  std::string_view raw() const noexcept { return raw_; }
  std::string_view start_line() const noexcept { return start_line_; }  // without CR LF
  std::string_view method() const noexcept { return method_; }
  std::string_view target() const noexcept { return target_; }
  unsigned status() const noexcept { return status_; }
  unsigned minor_version() const noexcept { return minor_; }
  std::span<const Field> fields() const noexcept { return {fields_.get(), count_}; }

  // How many lines a known name has (two mean two; more may say two).
  bool has(Name name) const noexcept { return (seen_ & bit(name)) != 0; }
  bool has_twice(Name name) const noexcept { return (seen_twice_ & bit(name)) != 0; }
  // The first field of that name; has() it.
  const Field& field(Name name) const noexcept;
  // Whether a comma-separated list field (all its lines) has the token, in any case.
  bool lists(Name name, std::string_view lower_token) const noexcept;

  enum class Verdict : uint8_t { complete, incomplete, fault };
  // Reads one head from the front of `bytes`.  complete: raw().size() bytes are its own.  fault: `reason`.
  // incomplete: no end of head yet, and the start line is sound as far as it is there.
  Verdict parse(Side side, std::string_view bytes, Opaque& reason);

 private:
  static constexpr uint32_t bit(Name name) noexcept { return 1u << static_cast<unsigned>(name); }
  Opaque parse_request_line(std::string_view line);
  Opaque parse_status_line(std::string_view line);

  std::string_view raw_;
  std::string_view start_line_;
  std::string_view method_;
  std::string_view target_;
  unsigned status_ = 0;
  unsigned minor_ = 1;
  uint32_t seen_ = 0;
  uint32_t seen_twice_ = 0;
  std::unique_ptr<Field[]> fields_;  // kFieldsMax of them, made at the first parse()
  size_t count_ = 0;
};

}  // namespace umbra::http
