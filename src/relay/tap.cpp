#include "umbra/relay/tap.h"

namespace umbra::relay {

RequestKind kind_of(const http::Head& head) {
  using http::Name;
  if (head.method() == "CONNECT") return RequestKind::connect;
  // RFC 9110, section 7.8: Upgrade counts only where Connection lists it, and never in HTTP/1.0.
  const bool upgrade =
      head.has(Name::upgrade) && head.minor_version() == 1 && head.lists(Name::connection, "upgrade");
  return upgrade ? RequestKind::upgrade : RequestKind::ordinary;
}

}  // namespace umbra::relay
