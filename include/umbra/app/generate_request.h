// The one request that `umbra generate URL` sends, and whom to: from a URL and what curl's users would say
// beside it.
#pragma once

#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/generate/options.h"

namespace umbra::app {

struct RequestWords {
  std::string url;
  std::string method;                // empty: GET, or POST with a body
  std::vector<std::string> headers;  // "Name: value"; "Name:" leaves out one that would be there
  std::string body;
};

struct SpokenRequest {
  generate::Target target;
  generate::FixedRequest request;
  std::string method;
  std::string shown_url;  // without a password
};

// An error is one line.
Result<SpokenRequest> make_request(const RequestWords& words);

}  // namespace umbra::app
