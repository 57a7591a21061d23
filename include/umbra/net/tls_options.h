// What is said of one side of TLS, as files and names; TlsContext (tls_context.h) is made of it.
#pragma once

#include <cstdint>
#include <string>

namespace umbra::net {

enum class TlsVersion : uint8_t { tls_1_2, tls_1_3 };

struct TlsOptions {
  // Of the peer whose certificate is checked, and SNI.  Clients only.
  std::string server_name = {};
  // PEM: whom to trust, and perhaps their revocation lists; where there is one, each issuer of a chain needs
  // its own.  Empty: the system's store; on a server: clients need no certificate.
  std::string ca_file = {};
  bool insecure = false;       // no check of the peer's certificate, said loudly
  std::string cert_file = {};  // PEM, with its chain; needed by a server
  std::string key_file = {};   // PEM
  TlsVersion min_version = TlsVersion::tls_1_2;
  bool operator==(const TlsOptions&) const = default;
};

}  // namespace umbra::net
