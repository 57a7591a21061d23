// The JSON Schema (draft 07) of the configuration file, made of the table of keys; editors complete by it.
#pragma once

#include <string>

namespace umbra::config {

std::string schema();

}  // namespace umbra::config
