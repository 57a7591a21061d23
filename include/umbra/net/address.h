// Address: where to listen or to connect, as people write it: HOST:PORT, [V6]:PORT, :PORT, unix:PATH.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "umbra/base/result.h"

namespace umbra::net {

struct Address {
  enum class Kind : uint8_t { tcp, unix_path };
  Kind kind = Kind::tcp;
  std::string host;  // name or IP literal without brackets; empty: all interfaces (listening only)
  uint16_t port = 0;
  std::string path;  // of a unix socket

  // Errors say what is expected; the caller adds the flag and the value.
  static Result<Address> parse_listen(std::string_view text);
  static Result<Address> parse_target(std::string_view text);
  // HOST[:PORT] of a URL, in any case; `default_port` 0: a port must be there.
  static Result<Address> parse_authority(std::string_view text, uint16_t default_port);

  std::string text() const;  // the form it is parsed from
  bool operator==(const Address&) const = default;
};

}  // namespace umbra::net
