#pragma once

#include <string_view>

namespace umbra::app {

std::string_view version() noexcept;  // "0.1.0"

}  // namespace umbra::app
