#include "umbra/mirror/fail_of.h"

namespace umbra::mirror {

using client::CloseReason;

Fail fail_of(CloseReason why) noexcept {
  switch (why) {
    case CloseReason::connect_unresolved:
      return Fail::resolve;
    case CloseReason::connect_timeout:
      return Fail::connect_timeout;
    case CloseReason::connect_failed:
      return Fail::connect;
    case CloseReason::connect_tls:
    case CloseReason::tls:
      return Fail::tls;
    case CloseReason::reset:
      return Fail::reset;
    case CloseReason::protocol:
      return Fail::protocol;
    case CloseReason::answered:
    case CloseReason::closed:
      break;
  }
  return Fail::closed_unanswered;
}

bool is_connect_failure(CloseReason why) noexcept {
  return why == CloseReason::connect_unresolved || why == CloseReason::connect_timeout ||
         why == CloseReason::connect_failed || why == CloseReason::connect_tls;
}

Fail fail_of(Drop why) noexcept {
  if (why == Drop::timeout) return Fail::timeout;
  return why == Drop::draining ? Fail::draining : Fail::connect;
}

}  // namespace umbra::mirror
