// Network: a block of IP addresses, "10.0.0.0/8", "2001:db8::/32", or a single one.  An IPv4 address that
// arrives mapped into IPv6 (::ffff:10.1.2.3, on a dual-stack socket) is the IPv4 address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "umbra/base/result.h"

namespace umbra::rules {

struct IpAddress {
  std::array<uint8_t, 16> bytes{};  // IPv4 as mapped
  bool v4 = false;

  // Without port and brackets; a zone (fe80::1%eth0) is left out.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;
};

class Network {
 public:
  // The error's detail: "client '10.0.0.0/33': an address or a block such as 10.0.0.0/8 is expected".
  static Result<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const noexcept;

 private:
  IpAddress base_;
  unsigned bits_ = 0;  // of the 128
};

}  // namespace umbra::rules
