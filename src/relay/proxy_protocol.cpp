#include "umbra/relay/proxy_protocol.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>

#include "umbra/base/text.h"

namespace umbra::relay {
namespace {

using Verdict = ProxyRead::Verdict;

constexpr std::string_view kV1Begin = "PROXY ";
constexpr std::string_view kV2Begin("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kV2Fixed = 16;  // the signature, version and command, family, length
constexpr size_t kV4Addresses = 12;
constexpr size_t kV6Addresses = 36;
constexpr size_t kUnixAddresses = 216;
constexpr unsigned kTlsExtension = 0x20;
constexpr size_t kTlsExtensionMin = 5;  // a byte of flags, four of the certificate's verdict
constexpr unsigned kTlsFlag = 1;

// ---- addresses ----

struct Endpoint {
  int family = AF_INET;
  std::array<uint8_t, 16> address{};  // the first four of an IPv4 one
  uint16_t port = 0;
};

bool is_mapped_v4(const Endpoint& endpoint) {
  in6_addr v6;
  std::copy(endpoint.address.begin(), endpoint.address.end(), v6.s6_addr);
  return endpoint.family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6);
}

std::string address_text(const Endpoint& endpoint) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(endpoint.family, endpoint.address.data(), text.data(), text.size());
  return text.data();
}

// An IPv4 client of a dual-stack listener is shown as IPv4, here as for sockets.
std::string text_of(Endpoint endpoint) {
  if (is_mapped_v4(endpoint)) {
    std::copy(endpoint.address.begin() + 12, endpoint.address.end(), endpoint.address.begin());
    endpoint.family = AF_INET;
  }
  const std::string address = address_text(endpoint);
  return endpoint.family == AF_INET ? fmt::format("{}:{}", address, endpoint.port)
                                    : fmt::format("[{}]:{}", address, endpoint.port);
}

std::optional<Endpoint> endpoint_of(int family, std::string_view address, std::string_view port) {
  Endpoint endpoint;
  endpoint.family = family;
  const std::string text(address);
  if (text.find('\0') != text.npos) return std::nullopt;  // where inet_pton would stop
  if (inet_pton(family, text.c_str(), endpoint.address.data()) != 1) return std::nullopt;
  const bool odd_port = port.size() > 5 || (port.size() > 1 && port[0] == '0');
  const auto number = parse_unsigned(port);
  if (odd_port || !number || *number > 65535) return std::nullopt;
  endpoint.port = static_cast<uint16_t>(*number);
  return endpoint;
}

std::optional<Endpoint> endpoint_of(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool v6 = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (v6) host = host.substr(1, host.size() - 2);
  return endpoint_of(v6 ? AF_INET6 : AF_INET, host, text.substr(colon + 1));
}

// ---- reading ----

ProxyRead fault() { return {Verdict::fault, 0, {}}; }

bool may_begin_with(std::string_view bytes, std::string_view begin) {
  const size_t size = std::min(bytes.size(), begin.size());
  return bytes.substr(0, size) == begin.substr(0, size);
}

// The next word of a line whose words have single blanks between them.
std::string_view next_word(std::string_view& line) {
  const size_t blank = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, blank);
  line.remove_prefix(std::min(blank + 1, line.size()));
  return word;
}

std::optional<ProxyHeader> read_v1_line(std::string_view line) {
  line.remove_prefix(kV1Begin.size());
  const bool ends_with_blank = line.ends_with(' ');
  const std::string_view protocol = next_word(line);
  if (protocol == "UNKNOWN") return ProxyHeader();
  if ((protocol != "TCP4" && protocol != "TCP6") || ends_with_blank) return std::nullopt;
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  const std::string_view client = next_word(line);
  const std::string_view server = next_word(line);
  const std::string_view client_port = next_word(line);
  const auto from = endpoint_of(family, client, client_port);
  const auto to = endpoint_of(family, server, line);
  if (!from || !to) return std::nullopt;
  return ProxyHeader{text_of(*from), text_of(*to), false};
}

ProxyRead read_v1(std::string_view bytes) {
  const std::string_view within = bytes.substr(0, kProxyV1Max);
  const size_t newline = within.find('\n');
  if (newline == within.npos) {
    // A line that cannot end in time any more.
    const bool too_long = within.size() == kProxyV1Max;
    return too_long ? fault() : ProxyRead{};
  }
  if (newline < kV1Begin.size() || within[newline - 1] != '\r') return fault();
  auto header = read_v1_line(within.substr(0, newline - 1));
  if (!header) return fault();
  return {Verdict::complete, newline + 1, std::move(*header)};
}

unsigned byte_at(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }

size_t length_at(std::string_view bytes, size_t at) {
  return (size_t{byte_at(bytes, at)} << 8) | byte_at(bytes, at + 1);
}

// `block` holds both addresses, then both ports.
ProxyHeader addresses_of(int family, std::string_view block) {
  const size_t size = family == AF_INET ? 4 : 16;
  Endpoint from;
  Endpoint to;
  from.family = to.family = family;
  std::copy_n(block.begin(), size, from.address.begin());
  std::copy_n(block.begin() + static_cast<ptrdiff_t>(size), size, to.address.begin());
  from.port = static_cast<uint16_t>(length_at(block, 2 * size));
  to.port = static_cast<uint16_t>(length_at(block, 2 * size + 2));
  return {text_of(from), text_of(to), false};
}

bool read_extensions(std::string_view rest, ProxyHeader& header) {
  while (!rest.empty()) {
    if (rest.size() < 3) return false;
    const unsigned type = byte_at(rest, 0);
    const size_t size = length_at(rest, 1);
    rest.remove_prefix(3);
    if (size > rest.size()) return false;
    if (type == kTlsExtension) {
      if (size < kTlsExtensionMin) return false;
      header.secure = (byte_at(rest, 0) & kTlsFlag) != 0;
    }
    rest.remove_prefix(size);
  }
  return true;
}

// What stands behind the fixed part, for the command PROXY.
std::optional<ProxyHeader> read_v2_rest(unsigned family, std::string_view rest) {
  ProxyHeader header;
  size_t addresses = 0;
  if (family == 0x11) addresses = kV4Addresses;
  if (family == 0x21) addresses = kV6Addresses;
  if (family == 0x31) addresses = kUnixAddresses;
  if ((family != 0 && addresses == 0) || rest.size() < addresses) return std::nullopt;
  if (family == 0x11) header = addresses_of(AF_INET, rest);
  if (family == 0x21) header = addresses_of(AF_INET6, rest);
  if (!read_extensions(rest.substr(addresses), header)) return std::nullopt;
  return header;
}

ProxyRead read_v2(std::string_view bytes) {
  if (bytes.size() > kV2Begin.size()) {
    const unsigned version_and_command = byte_at(bytes, kV2Begin.size());
    if (version_and_command != 0x20 && version_and_command != 0x21) return fault();
  }
  if (bytes.size() < kV2Fixed) return {};
  const size_t size = kV2Fixed + length_at(bytes, kV2Fixed - 2);
  if (size > kProxyHeaderMax) return fault();
  if (bytes.size() < size) return {};
  if (byte_at(bytes, kV2Begin.size()) == 0x20) return {Verdict::complete, size, {}};
  auto header = read_v2_rest(byte_at(bytes, kV2Begin.size() + 1), bytes.substr(kV2Fixed, size - kV2Fixed));
  if (!header) return fault();
  return {Verdict::complete, size, std::move(*header)};
}

// ---- writing ----

std::string write_v1(const std::optional<Endpoint>& from, const std::optional<Endpoint>& to) {
  if (!from || !to) return "PROXY UNKNOWN\r\n";
  return fmt::format("PROXY {} {} {} {} {}\r\n", from->family == AF_INET ? "TCP4" : "TCP6",
                     address_text(*from), address_text(*to), from->port, to->port);
}

void append_number(std::string& out, size_t number) {
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number & 0xff);
}

std::string write_v2(const std::optional<Endpoint>& from, const std::optional<Endpoint>& to) {
  std::string out(kV2Begin);
  out += '\x21';
  if (!from || !to) return out + std::string(3, '\0');
  const bool v4 = from->family == AF_INET;
  out += v4 ? '\x11' : '\x21';
  append_number(out, v4 ? kV4Addresses : kV6Addresses);
  for (const Endpoint& endpoint : {*from, *to}) {
    out.append(endpoint.address.begin(), endpoint.address.begin() + (v4 ? 4 : 16));
  }
  append_number(out, from->port);
  append_number(out, to->port);
  return out;
}

}  // namespace

ProxyRead read_proxy_header(std::string_view bytes, ProxyProtocol accept) {
  const bool v1 = accept != ProxyProtocol::v2 && may_begin_with(bytes, kV1Begin);
  const bool v2 = accept != ProxyProtocol::v1 && may_begin_with(bytes, kV2Begin);
  if (!v1 && !v2) return fault();
  if (v1 && bytes.size() >= kV1Begin.size()) return read_v1(bytes);
  if (v2 && bytes.size() >= kV2Begin.size()) return read_v2(bytes);
  return {};
}

std::string write_proxy_header(ProxyProtocol version, const ProxyHeader& header) {
  auto from = endpoint_of(header.client);
  const auto to = endpoint_of(header.server);
  if (from && to && from->family != to->family) from.reset();
  return version == ProxyProtocol::v1 ? write_v1(from, to) : write_v2(from, to);
}

}  // namespace umbra::relay
