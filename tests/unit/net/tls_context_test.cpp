// What a context can be made of, and what the error says when it cannot.
#include "umbra/net/tls_context.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "support/certificates.h"

namespace umbra::net {
namespace {

using support::CertificateAuthority;
using support::Identity;
using support::TestFolder;
using support::Wish;

class TlsContextTest : public testing::Test {
 protected:
  std::string encrypted_key() const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    const std::string path = folder.path() + "/encrypted.pem";
    std::FILE* out = std::fopen(path.c_str(), "w");
    const std::string password = "secret";
    PEM_write_PKCS8PrivateKey(out, key, EVP_aes_128_cbc(), password.data(), static_cast<int>(password.size()),
                              nullptr, nullptr);
    std::fclose(out);
    EVP_PKEY_free(key);
    return path;
  }

  TestFolder folder;
  CertificateAuthority root{folder, "root"};
  Identity own = root.issue("own");
  Identity other = root.issue("other");
};

TEST_F(TlsContextTest, WhatIsWrongIsNamedWithItsFile) {
  const std::string missing = folder.path() + "/missing.pem";
  const std::string empty = folder.write("empty.pem", "");
  const std::string text = folder.write("text.pem", "this is no PEM\n");
  const std::string locked = encrypted_key();
  const auto client = TlsSide::client;
  const auto server = TlsSide::server;
  struct Row {
    TlsSide side;
    TlsOptions options;
    std::string says;
  };
  const std::vector<Row> rows{
      {server, {}, "a server needs a certificate and its key"},
      {server, {.cert_file = own.cert_file}, "certificate '" + own.cert_file + "': there is no key for it"},
      {server, {.key_file = own.key_file}, "key '" + own.key_file + "': there is no certificate for it"},
      {server, {.cert_file = missing, .key_file = own.key_file}, "certificate '" + missing + "': not found"},
      {server, {.cert_file = own.cert_file, .key_file = missing}, "key '" + missing + "': not found"},
      {server,
       {.cert_file = folder.path(), .key_file = own.key_file},
       "certificate '" + folder.path() + "': Is a directory"},
      {server,
       {.cert_file = empty, .key_file = own.key_file},
       "certificate '" + empty + "': the file is empty"},
      {server,
       {.cert_file = text, .key_file = own.key_file},
       "certificate '" + text + "': holds no certificate in PEM"},
      {server,
       {.cert_file = own.cert_file, .key_file = text},
       "key '" + text + "': holds no private key in PEM"},
      {server,
       {.cert_file = own.cert_file, .key_file = other.key_file},
       "key '" + other.key_file + "': does not fit the certificate '" + own.cert_file + "'"},
      {server,
       {.cert_file = own.cert_file, .key_file = locked},
       "key '" + locked + "': is encrypted; one without a password is expected"},
      {server,
       {.ca_file = missing, .cert_file = own.cert_file, .key_file = own.key_file},
       "ca_file '" + missing + "': not found"},
      {client, {.server_name = "a", .ca_file = missing}, "ca_file '" + missing + "': not found"},
      {client, {.server_name = "a", .ca_file = text}, "ca_file '" + text + "': holds no certificate in PEM"},
      {client,
       {.server_name = "a", .ca_file = own.key_file},
       "ca_file '" + own.key_file + "': holds no certificate in PEM"},
      {client, {.ca_file = root.file()}, "there is no server name to check the certificate against"},
      {client,
       {.server_name = ".", .ca_file = root.file()},
       "there is no server name to check the certificate against"},
      {client, {.server_name = std::string(300, 'a'), .ca_file = root.file()}, "is no name of a host"},
      {client,
       {.server_name = "a", .ca_file = root.file(), .cert_file = own.cert_file},
       "there is no key for it"},
  };
  for (const Row& row : rows) {
    const auto checked = check_tls(row.options, row.side);
    ASSERT_FALSE(checked) << row.says;
    EXPECT_EQ(checked.error().code, Errc::bad_config) << row.says;
    EXPECT_NE(checked.error().detail.find(row.says), std::string::npos) << checked.error().detail;
  }
}

TEST_F(TlsContextTest, WhatIsRightHasNoWarning) {
  for (const TlsOptions& options : std::vector<TlsOptions>{
           {.server_name = "localhost"},
           {.server_name = "localhost."},
           {.server_name = "127.0.0.1"},
           {.server_name = "::1"},
           {.server_name = "localhost", .ca_file = root.file()},
           {.server_name = "localhost",
           .ca_file = root.file(),
           .cert_file = own.cert_file,
           .key_file = own.key_file,
           .min_version = TlsVersion::tls_1_3},
       }) {
    const auto checked = check_tls(options, TlsSide::client);
    ASSERT_TRUE(checked) << checked.error().detail;
    EXPECT_EQ(*checked, "");
  }
  const auto server = check_tls({.cert_file = own.cert_file, .key_file = own.key_file}, TlsSide::server);
  ASSERT_TRUE(server) << server.error().detail;
  EXPECT_EQ(*server, "");
}

TEST_F(TlsContextTest, WhatAPersonShouldKnowIsAWarning) {
  const Identity old = root.issue("old", {.from = -7200, .until = -3600});
  const Identity early = root.issue("early", {.from = 3600});
  struct Row {
    TlsSide side;
    TlsOptions options;
    std::string says;
  };
  for (const Row& row : std::vector<Row>{
           {TlsSide::server, {.cert_file = old.cert_file, .key_file = old.key_file}, "has expired"},
           {TlsSide::server, {.cert_file = early.cert_file, .key_file = early.key_file}, "is not valid yet"},
           {TlsSide::client, {.insecure = true}, "insecure"},
           {TlsSide::client,
            {.server_name = "a", .insecure = true, .cert_file = old.cert_file, .key_file = old.key_file},
            "has expired; insecure"},
       }) {
    const auto checked = check_tls(row.options, row.side);
    ASSERT_TRUE(checked) << checked.error().detail;
    EXPECT_NE(checked->find(row.says), std::string::npos) << *checked;
  }
}

TEST_F(TlsContextTest, AnUnusableOneOpensNothing) {
  const auto context = TlsContext::unusable({Errc::bad_config, "the file has gone"});
  const auto opened = context->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::tls);
  EXPECT_EQ(opened.error().detail, "the file has gone");
}

}  // namespace
}  // namespace umbra::net
