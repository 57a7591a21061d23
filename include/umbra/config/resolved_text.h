// What `umbra check` prints.
#pragma once

#include <string>

#include "umbra/config/resolve.h"

namespace umbra::config {

// One line a setting: key, value, where it came from.  No secrets.
std::string resolved_text(const Resolved& resolved);
// {"ok": true, "file": ..., "settings": [{"key", "value", "from"}]} or {"ok": false, "problems": [{"file",
// "line", "column", "key", "text"}]}.
std::string resolved_json(const Resolved& resolved);

}  // namespace umbra::config
