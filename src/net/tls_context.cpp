#include "umbra/net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace umbra::net {
namespace {

constexpr std::string_view kHttp11 = "\x08http/1.1";  // as ALPN writes it: the length first

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Error bad(std::string_view key, const std::string& file, std::string_view cause) {
  return {Errc::bad_config, fmt::format("{} '{}': {}", key, file, cause)};
}

// What the library says, in its own words.  The oldest error is the cause, the others its consequences.
std::string library_words() {
  const unsigned long code = ERR_peek_error();
  const char* words = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return words != nullptr ? words : "cannot be used";
}

bool failed_for(int library, int reason) {
  for (const unsigned long code : {ERR_peek_error(), ERR_peek_last_error()}) {
    if (ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason) return true;
  }
  return false;
}

Result<void> check_readable(std::string_view key, const std::string& file) {
  std::FILE* opened = std::fopen(file.c_str(), "re");
  if (opened == nullptr) return bad(key, file, errno == ENOENT ? "not found" : std::strerror(errno));
  char byte = 0;
  const bool readable = std::fread(&byte, 1, 1, opened) == 1;
  const int cause = errno;
  const bool failed = std::ferror(opened) != 0;
  std::fclose(opened);
  if (readable) return {};
  return bad(key, file, failed ? std::strerror(cause) : "the file is empty");
}

// Nobody is asked for a password: a start must not wait at a terminal.
int refuse_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// RFC 7301, section 3.2: a client that offers protocols, but not ours, is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, bytes_of(kHttp11), static_cast<unsigned>(kHttp11.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

bool holds_revocations(X509_STORE* store) {
  const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL) return true;
  }
  return false;
}

}  // namespace

Result<std::string> check_tls(const TlsOptions& options, TlsSide side) {
  const auto made = TlsContext::make(options, side);
  if (!made) return made.error();
  return (*made)->warning();
}

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsOptions& options, TlsSide side) {
  std::shared_ptr<TlsContext> made(new TlsContext(side));
  ERR_clear_error();
  auto set_up = made->set_up(options);
  ERR_clear_error();
  if (!set_up) return set_up.error();
  return made;
}

std::shared_ptr<TlsContext> TlsContext::unusable(Error why) {
  std::shared_ptr<TlsContext> made(new TlsContext(TlsSide::client));
  made->unusable_ = {Errc::tls, std::move(why.detail)};
  return made;
}

TlsContext::~TlsContext() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(context_);
}

Result<void> TlsContext::set_up(const TlsOptions& options) {
  const bool server = side_ == TlsSide::server;
  context_ = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  if (context_ == nullptr) return Error{Errc::bad_config, library_words()};
  SSL_CTX_set_app_data(context_, this);
  SSL_CTX_set_min_proto_version(context_,
                                options.min_version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection keeps no buffers; a call takes as many bytes as it was given.
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  if (server) {
    SSL_CTX_set_alpn_select_cb(context_, choose_protocol, nullptr);
  } else {
    SSL_CTX_set_alpn_protos(context_, bytes_of(kHttp11), static_cast<unsigned>(kHttp11.size()));
  }
  set_session_cache();
  if (auto loaded = load_own(options); !loaded) return loaded;
  if (options.insecure && !server) {
    warn("insecure: the peer's certificate is not checked");
    SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
  } else if (!server || !options.ca_file.empty()) {
    if (auto loaded = load_trusted(options.ca_file); !loaded) return loaded;
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return server ? Result<void>() : set_server_name(options);
}

void TlsContext::set_session_cache() {
  if (side_ == TlsSide::server) {  // tickets: the client keeps the session
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context_, bytes_of("umbra"), 5);
    return;
  }
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context_, on_new_session);
}

Result<void> TlsContext::load_own(const TlsOptions& options) {
  const std::string& cert = options.cert_file;
  const std::string& key = options.key_file;
  if (cert.empty() && key.empty()) {
    if (side_ == TlsSide::client) return {};
    return Error{Errc::bad_config, "a server needs a certificate and its key"};
  }
  if (cert.empty()) return bad("key", key, "there is no certificate for it");
  if (key.empty()) return bad("certificate", cert, "there is no key for it");
  if (auto readable = check_readable("certificate", cert); !readable) return readable;
  if (auto readable = check_readable("key", key); !readable) return readable;
  if (SSL_CTX_use_certificate_chain_file(context_, cert.c_str()) != 1) {
    const bool no_pem = failed_for(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    return bad("certificate", cert, no_pem ? "holds no certificate in PEM" : library_words());
  }
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context_, refuse_password);
  SSL_CTX_set_default_passwd_cb_userdata(context_, &asked);
  const bool used = SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context_, nullptr);
  const bool misfit = failed_for(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH) ||
                      failed_for(ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH);
  if (asked) return bad("key", key, "is encrypted; one without a password is expected");
  if (misfit || (used && SSL_CTX_check_private_key(context_) != 1)) {
    return bad("key", key, fmt::format("does not fit the certificate '{}'", cert));
  }
  if (!used) return bad("key", key, "holds no private key in PEM");
  const X509* own = SSL_CTX_get0_certificate(context_);
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
    warn(fmt::format("certificate '{}': has expired", cert));
  } else if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0) {
    warn(fmt::format("certificate '{}': is not valid yet", cert));
  }
  return {};
}

Result<void> TlsContext::load_trusted(const std::string& file) {
  if (file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context_) == 1) return {};
    return Error{Errc::bad_config, "the system's store of certificates cannot be used"};
  }
  if (auto readable = check_readable("ca_file", file); !readable) return readable;
  if (SSL_CTX_load_verify_file(context_, file.c_str()) != 1) {
    const bool no_pem = failed_for(ERR_LIB_PEM, PEM_R_NO_START_LINE) ||
                        failed_for(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
    return bad("ca_file", file, no_pem ? "holds no certificate in PEM" : library_words());
  }
  if (side_ == TlsSide::server) {
    SSL_CTX_set_client_CA_list(context_, SSL_load_client_CA_file(file.c_str()));
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context_);
  if (holds_revocations(store))
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return {};
}

Result<void> TlsContext::set_server_name(const TlsOptions& options) {
  std::string name = options.server_name;
  if (!name.empty() && name.back() == '.') name.pop_back();  // RFC 6066, section 3
  if (name.empty()) {
    if (options.insecure) return {};
    return Error{Errc::bad_config, "there is no server name to check the certificate against"};
  }
  X509_VERIFY_PARAM* checks = SSL_CTX_get0_param(context_);
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1) return {};
  ERR_clear_error();  // it is a name
  X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (name.size() > TLSEXT_MAXLEN_host_name ||
      X509_VERIFY_PARAM_set1_host(checks, name.data(), name.size()) != 1) {
    return Error{Errc::bad_config, fmt::format("server name '{}': is no name of a host", name)};
  }
  server_name_ = std::move(name);
  return {};
}

void TlsContext::warn(std::string_view what) {
  if (!warning_.empty()) warning_ += "; ";
  warning_ += what;
}

Result<SSL*> TlsContext::open() const {
  if (context_ == nullptr) return unusable_;
  SSL* connection = SSL_new(context_);
  if (connection == nullptr) return Error{Errc::tls, library_words()};
  if (side_ == TlsSide::server) {
    SSL_set_accept_state(connection);
    return connection;
  }
  SSL_set_connect_state(connection);
  if (!server_name_.empty()) {  // the macro for this is a cast that the style forbids
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(server_name_.c_str()));
  }
  if (session_ != nullptr) SSL_set_session(connection, session_);
  return connection;
}

// Returns 1: the reference that the library holds is ours now.
int TlsContext::on_new_session(SSL* connection, SSL_SESSION* session) {
  auto* self = static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
  SSL_SESSION_free(std::exchange(self->session_, session));
  return 1;
}

void TlsContext::forget_session() noexcept { SSL_SESSION_free(std::exchange(session_, nullptr)); }

}  // namespace umbra::net
