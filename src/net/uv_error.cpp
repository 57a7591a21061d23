#include "umbra/net/uv_error.h"

#include <uv.h>

namespace umbra::net {
namespace {

Errc code_of(int rc) {
  switch (rc) {
    case UV_ECANCELED:
      return Errc::canceled;
    case UV_EOF:
      return Errc::end_of_stream;
    case UV_ECONNREFUSED:
    case UV_ENOENT:
      return Errc::refused;
    case UV_ECONNRESET:
    case UV_EPIPE:
    case UV_ECONNABORTED:
      return Errc::reset;
    case UV_ETIMEDOUT:
      return Errc::timeout;
    case UV_EMFILE:
    case UV_ENFILE:
      return Errc::out_of_files;
    case UV_EADDRINUSE:
      return Errc::in_use;
    default:
      return Errc::os;
  }
}

}  // namespace

Error uv_failure(int rc) { return {code_of(rc), uv_strerror(rc)}; }

Error errno_failure(int number) { return uv_failure(uv_translate_sys_error(number)); }

}  // namespace umbra::net
