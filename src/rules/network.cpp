#include "umbra/rules/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "umbra/base/text.h"

namespace umbra::rules {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  text = text.substr(0, text.find('%'));
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  IpAddress address;
  if (inet_pton(AF_INET, terminated.data(), &address.bytes[kMappedPrefix.size()]) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
    address.v4 = true;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
  address.v4 = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  return address;
}

Result<Network> Network::parse(std::string_view text) {
  const Error expected{
      Errc::bad_config,
      fmt::format("client '{}': an address or a block such as 10.0.0.0/8 or 2001:db8::/32 is expected",
                  text)};
  const size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const auto address = IpAddress::parse(address_text);
  if (!address || address_text.find('%') != text.npos) return expected;
  const bool written_as_v4 = address_text.find(':') == text.npos;
  Network network;
  network.base_ = *address;
  network.bits_ = 128;
  if (slash == text.npos) return network;
  const auto bits = parse_unsigned(text.substr(slash + 1));
  if (!bits || *bits > (written_as_v4 ? 32u : 128u)) return expected;
  network.bits_ = static_cast<unsigned>(*bits) + (written_as_v4 ? kMappedBits : 0);
  // ::ffff:0:0/80 is more than the mapped addresses: a block of IPv6.
  if (network.bits_ < kMappedBits) network.base_.v4 = false;
  return network;
}

bool Network::contains(const IpAddress& address) const noexcept {
  if (address.v4 != base_.v4) return false;
  const size_t whole = bits_ / 8;
  if (!std::equal(base_.bytes.begin(), base_.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const unsigned rest = bits_ % 8;
  return rest == 0 || ((base_.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

}  // namespace umbra::rules
