// TlsContext: one side of TLS as its options describe it: what every connection of that side shares.
//
// A client's context remembers the last session that its server gave, so that the next connection resumes it;
// it belongs to one loop's thread.  A server's may be shared by threads: then a client resumes its session on
// any worker.  Streams hold a reference to it.
#pragma once

#include <memory>
#include <string>

#include "umbra/base/result.h"
#include "umbra/net/tls_options.h"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace umbra::net {

enum class TlsSide : uint8_t { client, server };

// Whether a context can be made of the options, for the start and for `check`.  The value is what a person
// should know though it is no error (an own certificate that has expired, `insecure`); empty: nothing.  The
// error names the file and the cause.
Result<std::string> check_tls(const TlsOptions& options, TlsSide side);

class TlsContext {
 public:
  // Reads the files; none is read again later, but for the system's store.
  static Result<std::shared_ptr<TlsContext>> make(const TlsOptions& options, TlsSide side);
  // One whose every handshake fails with `why`: for who can no longer stop when files have gone, and must not
  // go on in the clear.
  static std::shared_ptr<TlsContext> unusable(Error why);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  TlsSide side() const noexcept { return side_; }
  // As check_tls tells it.
  const std::string& warning() const noexcept { return warning_; }

  // For TlsStream.  A connection's state, with the name to check and the session to resume; the caller frees
  // it.
  Result<ssl_st*> open() const;
  // The session that was remembered did not lead to a connection.
  void forget_session() noexcept;

 private:
  explicit TlsContext(TlsSide side) : side_(side) {}
  static int on_new_session(ssl_st* connection, ssl_session_st* session);
  Result<void> set_up(const TlsOptions& options);
  Result<void> load_own(const TlsOptions& options);
  Result<void> load_trusted(const std::string& file);
  Result<void> set_server_name(const TlsOptions& options);
  void set_session_cache();
  void warn(std::string_view what);

  TlsSide side_;
  ssl_ctx_st* context_ = nullptr;
  ssl_session_st* session_ = nullptr;
  Error unusable_;
  std::string server_name_;  // SNI; empty for an IP address
  std::string warning_;
};

}  // namespace umbra::net
