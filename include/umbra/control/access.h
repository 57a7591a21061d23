// Access: who may read the admin pages and who may change something.
//
// Reading needs no secret, but a Host that a page of a stranger could not have chosen (DNS rebinding).
// Changing needs the token, and no Origin but umbra's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "umbra/control/request.h"

namespace umbra::control {

struct Access {
  std::string token;               // a secret; empty: nothing can be changed
  std::vector<std::string> hosts;  // lower-case names that Host may say besides localhost and IP addresses
};

// Why the request gets no answer at all: 421.
std::optional<Answer> refuse_host(const Request& request, const Access& access);
// Why the request may change nothing: 401 or 403.
std::optional<Answer> refuse_change(const Request& request, const Access& access);

}  // namespace umbra::control
