// The parts of a target's URL that --shadow, the configuration file and gor.options read alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/net/address.h"

namespace umbra::config {

// What Host says of an address: without the port that the scheme has anyway.
std::string authority_of(const net::Address& address, uint16_t default_port);
// What stands before the @, percent-encoded, as the value of Authorization.  The error shows none of it.
Result<std::string> basic_authorization(std::string_view user_info);

}  // namespace umbra::config
