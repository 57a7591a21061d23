// What the end of a connection, or of a wait, means for the copy that had it.
#pragma once

#include "umbra/base/reason.h"
#include "umbra/client/connection.h"

namespace umbra::mirror {

Fail fail_of(client::CloseReason why) noexcept;
bool is_connect_failure(client::CloseReason why) noexcept;

// For a copy that waits although the shadow has got bytes of it: one that follows a redirect.
Fail fail_of(Drop why) noexcept;

}  // namespace umbra::mirror
