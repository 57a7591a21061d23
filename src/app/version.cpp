#include "umbra/app/version.h"

namespace umbra::app {

std::string_view version() noexcept { return UMBRA_VERSION; }  // CMake's PROJECT_VERSION

}  // namespace umbra::app
