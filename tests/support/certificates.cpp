#include "support/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>

#include "umbra/base/check.h"

namespace umbra::support {
namespace {

long next_serial() {
  static long last = 1000;
  return ++last;
}

EVP_PKEY* make_key() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  UMBRA_CHECK(key != nullptr);
  return key;
}

template <typename Write>
std::string pem_of(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  UMBRA_CHECK(write(memory) == 1);
  std::string text(static_cast<size_t>(BIO_ctrl_pending(memory)), '\0');
  UMBRA_CHECK(BIO_read(memory, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
  BIO_free(memory);
  return text;
}

std::string pem_of(X509* certificate) {
  return pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}
std::string pem_of(EVP_PKEY* key) {
  return pem_of(
      [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void extend(X509* certificate, X509* issuer, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
  UMBRA_CHECK(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// `issuer` null: signed by its own key.
X509* make_certificate(const std::string& name, const Wish& wish, bool authority, EVP_PKEY* key, X509* issuer,
                       EVP_PKEY* issuer_key, long serial) {
  X509* made = X509_new();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), serial);
  X509_gmtime_adj(X509_getm_notBefore(made), wish.from);
  X509_gmtime_adj(X509_getm_notAfter(made), wish.until);
  X509_set_pubkey(made, key);
  X509_NAME* subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer != nullptr ? issuer : made;
  X509_set_issuer_name(made, X509_get_subject_name(signer));
  extend(made, signer, NID_subject_key_identifier, "hash");
  if (authority) {
    extend(made, signer, NID_basic_constraints, "critical,CA:TRUE");
    extend(made, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    extend(made, signer, NID_subject_alt_name, wish.names);
  }
  UMBRA_CHECK(X509_sign(made, issuer_key, EVP_sha256()) > 0);
  return made;
}

}  // namespace

TestFolder::TestFolder() {
  path_ = (std::filesystem::temp_directory_path() / "umbra-test-XXXXXX").string();
  UMBRA_CHECK(::mkdtemp(path_.data()) != nullptr);
}

TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }

std::string TestFolder::write(std::string_view name, std::string_view content) const {
  const std::string path = path_ + "/" + std::string(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

CertificateAuthority::CertificateAuthority(const TestFolder& folder, const std::string& name)
    : folder_(folder), key_(make_key()), serial_(next_serial()) {
  certificate_ = make_certificate(name, {}, true, key_, nullptr, key_, serial_);
  file_ = folder_.write(name + ".pem", certificate());
}

CertificateAuthority::CertificateAuthority(const TestFolder& folder, const std::string& name,
                                           CertificateAuthority& issuer)
    : folder_(folder), key_(make_key()), serial_(next_serial()) {
  certificate_ = make_certificate(name, {}, true, key_, issuer.certificate_, issuer.key_, serial_);
  chain_ = certificate() + issuer.chain_;
  file_ = folder_.write(name + ".pem", certificate());
}

CertificateAuthority::~CertificateAuthority() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

Identity CertificateAuthority::issue(const std::string& name, const Wish& wish) {
  const long serial = next_serial();
  EVP_PKEY* key = make_key();
  X509* made = make_certificate(name, wish, false, key, certificate_, key_, serial);
  Identity identity{folder_.write(name + "-cert.pem", pem_of(made) + chain_),
                    folder_.write(name + "-key.pem", pem_of(key)), serial};
  X509_free(made);
  EVP_PKEY_free(key);
  return identity;
}

std::string CertificateAuthority::certificate() const { return pem_of(certificate_); }

std::string CertificateAuthority::revocations(const std::vector<long>& serials) const {
  X509_CRL* list = X509_CRL_new();
  X509_CRL_set_version(list, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate_));
  ASN1_TIME* time = ASN1_TIME_new();
  X509_gmtime_adj(time, -60);
  X509_CRL_set1_lastUpdate(list, time);
  for (const long serial : serials) {
    X509_REVOKED* entry = X509_REVOKED_new();
    ASN1_INTEGER* number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, serial);
    X509_REVOKED_set_serialNumber(entry, number);
    X509_REVOKED_set_revocationDate(entry, time);
    X509_CRL_add0_revoked(list, entry);
    ASN1_INTEGER_free(number);
  }
  X509_gmtime_adj(time, 24 * 3600);
  X509_CRL_set1_nextUpdate(list, time);
  ASN1_TIME_free(time);
  X509_CRL_sort(list);
  UMBRA_CHECK(X509_CRL_sign(list, key_, EVP_sha256()) > 0);
  const std::string text = pem_of([&](BIO* out) { return PEM_write_bio_X509_CRL(out, list); });
  X509_CRL_free(list);
  return text;
}

Identity self_signed(const TestFolder& folder, const std::string& name, const Wish& wish) {
  const long serial = next_serial();
  EVP_PKEY* key = make_key();
  X509* made = make_certificate(name, wish, false, key, nullptr, key, serial);
  Identity identity{folder.write(name + "-cert.pem", pem_of(made)),
                    folder.write(name + "-key.pem", pem_of(key)), serial};
  X509_free(made);
  EVP_PKEY_free(key);
  return identity;
}

}  // namespace umbra::support
