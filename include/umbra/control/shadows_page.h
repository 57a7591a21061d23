// /api/shadows and the answers of the rest of /api, as JSON.
#pragma once

#include <string>
#include <string_view>

#include "umbra/control/request.h"
#include "umbra/control/snapshot.h"
#include "umbra/control/steering.h"

namespace umbra::control {

Answer shadows_page(const Snapshot& snapshot);
// 404: no shadow has that name.
Answer shadow_page(std::string_view name, const Snapshot& snapshot);
Answer no_such_shadow(std::string_view name);
// 200, 422 (problems in the configuration) or 409 (not now).
Answer reload_page(const ReloadReport& report);
// {"error": why}
Answer api_error(unsigned status, std::string_view why);

}  // namespace umbra::control
