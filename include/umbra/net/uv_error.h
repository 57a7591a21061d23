// libuv's error numbers as umbra's Errors.
#pragma once

#include "umbra/base/result.h"

namespace umbra::net {

// `rc` is a negative libuv value; the detail is libuv's sentence for it.
Error uv_failure(int rc);
// The same for an errno.
Error errno_failure(int number);

}  // namespace umbra::net
