// The rows of the table in keys.h; for keys.cpp alone.
#pragma once

#include <span>

#include "umbra/config/keys.h"

namespace umbra::config {

std::span<const Key> server_keys();  // everything but shadows
std::span<const Key> shadow_keys();  // `shadows` and below
std::span<const Key> mirror_keys();  // what holds for all shadows

}  // namespace umbra::config
