// Certificates for tests of TLS, made while the test runs: authorities, what they issue, and what they
// revoke.
//
//   TestFolder folder;
//   CertificateAuthority root(folder, "root");
//   const Identity server = root.issue("server", {.names = "DNS:localhost,IP:127.0.0.1"});
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace umbra::support {

// A directory in the system's place for such, that goes with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const noexcept { return path_; }
  // Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

// Paths of PEM files.
struct Identity {
  std::string cert_file;  // with the chain up to the root, which is not in it
  std::string key_file;
  long serial = 0;
};

struct Wish {
  const char* names = "DNS:localhost,IP:127.0.0.1";
  long from = -3600;  // seconds from now
  long until = 24 * 3600;
};

class CertificateAuthority {
 public:
  CertificateAuthority(const TestFolder& folder, const std::string& name);
  // One whose certificate `issuer` has signed.
  CertificateAuthority(const TestFolder& folder, const std::string& name, CertificateAuthority& issuer);
  ~CertificateAuthority();

  Identity issue(const std::string& name, const Wish& wish = {});
  // PEM of its own certificate, and of a list that revokes these serials.
  std::string certificate() const;
  std::string revocations(const std::vector<long>& serials) const;
  // A file with its certificate.
  const std::string& file() const noexcept { return file_; }
  long serial() const noexcept { return serial_; }

 private:
  const TestFolder& folder_;
  evp_pkey_st* key_ = nullptr;
  x509_st* certificate_ = nullptr;
  std::string chain_;  // what is between what it issues and the root
  std::string file_;
  long serial_ = 0;
};

// A certificate that nobody but its own key has signed.
Identity self_signed(const TestFolder& folder, const std::string& name, const Wish& wish = {});

}  // namespace umbra::support
