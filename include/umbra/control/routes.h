// The admin pages as a pure function of the request and a Snapshot.
#pragma once

#include <string>
#include <string_view>

#include "umbra/control/snapshot.h"

namespace umbra::control {

struct Request {
  std::string_view method;
  std::string_view target;  // as on the request line; a query is ignored
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type;
  std::string body;        // also for HEAD, which leaves it out but says its length
  std::string_view allow;  // of a 405
};

Answer answer(const Request& request, const Snapshot& snapshot);

}  // namespace umbra::control
