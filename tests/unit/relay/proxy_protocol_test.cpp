#include "umbra/relay/proxy_protocol.h"

#include <gtest/gtest.h>

namespace umbra::relay {
namespace {

using Verdict = ProxyRead::Verdict;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(unsigned version_and_command, unsigned family, const std::string& rest, int length = -1) {
  const size_t size = length < 0 ? rest.size() : static_cast<size_t>(length);
  std::string out = kSignature;
  out += static_cast<char>(version_and_command);
  out += static_cast<char>(family);
  out += static_cast<char>(size >> 8);
  out += static_cast<char>(size & 0xff);
  return out + rest;
}
std::string extension(unsigned type, const std::string& value) {
  std::string out(1, static_cast<char>(type));
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 0xff);
  return out + value;
}

// 192.0.2.1:51000 to 192.0.2.2:443.
const std::string kV4("\xc0\x00\x02\x01\xc0\x00\x02\x02\xc7\x38\x01\xbb", 12);
// [2001:db8::1]:51000 to [2001:db8::2]:443.
const std::string kV6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01" +
                        std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x02" + "\xc7\x38" +
                        std::string("\x01\xbb", 2);
const std::string kMapped = std::string(10, '\0') + "\xff\xff" + kV4.substr(0, 4) + std::string(10, '\0') +
                            "\xff\xff" + kV4.substr(4, 4) + kV4.substr(8);

struct Sound {
  const char* why;
  std::string bytes;
  ProxyHeader header;
};

std::vector<Sound> sound_headers() {
  const ProxyHeader four{"192.0.2.1:51000", "192.0.2.2:443", false};
  const ProxyHeader six{"[2001:db8::1]:51000", "[2001:db8::2]:443", false};
  const ProxyHeader four_with_tls{four.client, four.server, true};
  const ProxyHeader unknown;
  return {
      {"IPv4", "PROXY TCP4 192.0.2.1 192.0.2.2 51000 443\r\n", four},
      {"IPv6", "PROXY TCP6 2001:db8::1 2001:DB8:0:0::2 51000 443\r\n", six},
      {"IPv4 in IPv6", "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 51000 443\r\n", four},
      {"the longest",
       "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       unknown},
      {"nothing known", "PROXY UNKNOWN\r\n", unknown},
      {"the largest and the smallest port",
       "PROXY TCP4 1.2.3.4 5.6.7.8 65535 0\r\n",
       {"1.2.3.4:65535", "5.6.7.8:0", false}},
      {"binary IPv4", v2(0x21, 0x11, kV4), four},
      {"binary IPv6", v2(0x21, 0x21, kV6), six},
      {"binary IPv4 in IPv6", v2(0x21, 0x21, kMapped), four},
      {"a unix socket", v2(0x21, 0x31, std::string(216, 'x')), unknown},
      {"nothing known, binary", v2(0x21, 0x00, ""), unknown},
      {"nothing known, with extensions", v2(0x21, 0x00, extension(4, "abc")), unknown},
      {"a health check", v2(0x20, 0x00, ""), unknown},
      {"a health check with an address, which says nothing", v2(0x20, 0x11, kV4), unknown},
      {"a health check with what is not to be read", v2(0x20, 0xff, "??"), unknown},
      {"extensions", v2(0x21, 0x11, kV4 + extension(1, "h2") + extension(4, "") + extension(0xea, "x")),
       four},
      {"TLS", v2(0x21, 0x11, kV4 + extension(0x20, std::string("\x01\0\0\0\0", 5))), four_with_tls},
      {"TLS with details",
       v2(0x21, 0x11, kV4 + extension(0x20, std::string("\x05\0\0\0\1", 5) + extension(0x21, "TLSv1.3"))),
       four_with_tls},
      {"no TLS, said so", v2(0x21, 0x11, kV4 + extension(0x20, std::string(5, '\0'))), four},
      {"as large as may be",
       v2(0x21, 0x11, kV4 + extension(4, std::string(kProxyHeaderMax - 16 - 12 - 3, 'x'))), four},
  };
}

TEST(ProxyProtocol, SoundHeadersAreRead) {
  for (const Sound& row : sound_headers()) {
    const ProxyRead read = read_proxy_header(row.bytes + "GET / HTTP/1.1\r\n", ProxyProtocol::any);
    ASSERT_EQ(read.verdict, Verdict::complete) << row.why;
    EXPECT_EQ(read.size, row.bytes.size()) << row.why;
    EXPECT_EQ(read.header.client, row.header.client) << row.why;
    EXPECT_EQ(read.header.server, row.header.server) << row.why;
    EXPECT_EQ(read.header.secure, row.header.secure) << row.why;
  }
}

TEST(ProxyProtocol, EveryPartOfOneIsIncomplete) {
  for (const Sound& row : sound_headers()) {
    for (size_t cut = 0; cut < row.bytes.size(); ++cut) {
      EXPECT_EQ(read_proxy_header(row.bytes.substr(0, cut), ProxyProtocol::any).verdict, Verdict::incomplete)
          << row.why << " at " << cut;
    }
  }
}

TEST(ProxyProtocol, OnlyTheVersionThatIsExpectedIsAccepted) {
  for (const Sound& row : sound_headers()) {
    const bool first = row.bytes.starts_with("PROXY");
    EXPECT_EQ(read_proxy_header(row.bytes, ProxyProtocol::v1).verdict == Verdict::complete, first) << row.why;
    EXPECT_EQ(read_proxy_header(row.bytes, ProxyProtocol::v2).verdict == Verdict::complete, !first)
        << row.why;
    EXPECT_EQ(
        read_proxy_header(row.bytes.substr(0, 1), first ? ProxyProtocol::v2 : ProxyProtocol::v1).verdict,
        Verdict::fault)
        << row.why << ": its first byte says so";
  }
}

TEST(ProxyProtocol, WhatIsNoSoundHeaderIsAFault) {
  struct Row {
    const char* why;
    std::string bytes;
  };
  for (const Row& row : {
           Row{"no header at all", "GET / HTTP/1.1\r\n"},
           Row{"its first byte", "G"},
           Row{"TLS", "\x16\x03\x01"},
           Row{"in small letters", "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n"},
           Row{"a bare LF", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n"},
           Row{"LF at once", "PROXY \n"},
           Row{"no protocol", "PROXY \r\n"},
           Row{"another protocol", "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n"},
           Row{"two blanks", "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n"},
           Row{"a blank at the end", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n"},
           Row{"a word too many", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n"},
           Row{"a word too few", "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n"},
           Row{"no words", "PROXY TCP4\r\n"},
           Row{"an IPv6 address in TCP4", "PROXY TCP4 ::1 ::1 1 2\r\n"},
           Row{"an IPv4 address in TCP6", "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n"},
           Row{"a name", "PROXY TCP4 localhost 5.6.7.8 1 2\r\n"},
           Row{"a short address", "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n"},
           Row{"a NUL in an address", std::string("PROXY TCP4 1.2.3.4\0x 5.6.7.8 1 2\r\n", 34)},
           Row{"a port too large", "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n"},
           Row{"a port with a zero before", "PROXY TCP4 1.2.3.4 5.6.7.8 080 2\r\n"},
           Row{"a port with a sign", "PROXY TCP4 1.2.3.4 5.6.7.8 +80 2\r\n"},
           Row{"too long for its end to come", "PROXY UNKNOWN " + std::string(kProxyV1Max - 14, 'x')},
           Row{"one byte too long", "PROXY UNKNOWN " + std::string(kProxyV1Max - 15, 'x') + "\r\n"},
           Row{"another version", v2(0x11, 0x11, kV4)},
           Row{"another version, as soon as it shows", kSignature + "\x31"},
           Row{"another command", v2(0x22, 0x11, kV4)},
           Row{"a datagram", v2(0x21, 0x12, kV4)},
           Row{"another family", v2(0x21, 0x41, kV4)},
           Row{"a family without a protocol", v2(0x21, 0x10, kV4)},
           Row{"no room for the addresses", v2(0x21, 0x11, kV4.substr(1))},
           Row{"no room for IPv6 addresses", v2(0x21, 0x21, kV4)},
           Row{"an extension without a length", v2(0x21, 0x11, kV4 + "\x04")},
           Row{"an extension that is longer than all",
               v2(0x21, 0x11, kV4 + std::string("\x04\x00\x05xx", 5))},
           Row{"a TLS extension that is too short", v2(0x21, 0x11, kV4 + extension(0x20, "\x01"))},
           Row{"too large, as soon as it shows", v2(0x21, 0x11, "", kProxyHeaderMax - 15)},
       }) {
    EXPECT_EQ(read_proxy_header(row.bytes, ProxyProtocol::any).verdict, Verdict::fault) << row.why;
  }
}

TEST(ProxyProtocol, WhatIsWrittenIsWhatIsRead) {
  for (const ProxyProtocol version : {ProxyProtocol::v1, ProxyProtocol::v2}) {
    for (const ProxyHeader& header : {ProxyHeader{"192.0.2.1:51000", "192.0.2.2:443", false},
                                      ProxyHeader{"[2001:db8::1]:1", "[::1]:65535", false}, ProxyHeader{}}) {
      const std::string bytes = write_proxy_header(version, header);
      const ProxyRead read = read_proxy_header(bytes, version);
      ASSERT_EQ(read.verdict, Verdict::complete) << header.client;
      EXPECT_EQ(read.size, bytes.size());
      EXPECT_EQ(read.header, header);
    }
  }
}

TEST(ProxyProtocol, TheBytesThatAreWritten) {
  const ProxyHeader four{"192.0.2.1:51000", "192.0.2.2:443", false};
  EXPECT_EQ(write_proxy_header(ProxyProtocol::v1, four), "PROXY TCP4 192.0.2.1 192.0.2.2 51000 443\r\n");
  EXPECT_EQ(write_proxy_header(ProxyProtocol::v2, four), v2(0x21, 0x11, kV4));
  const ProxyHeader six{"[2001:db8::1]:51000", "[2001:db8::2]:443", false};
  EXPECT_EQ(write_proxy_header(ProxyProtocol::v1, six), "PROXY TCP6 2001:db8::1 2001:db8::2 51000 443\r\n");
  EXPECT_EQ(write_proxy_header(ProxyProtocol::v2, six), v2(0x21, 0x21, kV6));
}

TEST(ProxyProtocol, WithoutTwoAddressesOfOneFamilyNothingIsClaimed) {
  for (const ProxyHeader& header :
       {ProxyHeader{"", "192.0.2.2:443", false}, ProxyHeader{"192.0.2.1:5", "", false},
        ProxyHeader{"192.0.2.1:5", "[::1]:5", false}, ProxyHeader{"nonsense", "192.0.2.1:5", false}}) {
    EXPECT_EQ(write_proxy_header(ProxyProtocol::v1, header), "PROXY UNKNOWN\r\n") << header.client;
    EXPECT_EQ(write_proxy_header(ProxyProtocol::v2, header), v2(0x21, 0x00, "")) << header.client;
  }
}

}  // namespace
}  // namespace umbra::relay
