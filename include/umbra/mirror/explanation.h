// What becomes of one request at one shadow, decided by the code that the proxy runs: for `umbra explain`.
#pragma once

#include <string>
#include <string_view>

#include "umbra/mirror/options.h"
#include "umbra/mirror/preparation.h"

namespace umbra::mirror {

struct Explanation {
  Preparation::Fate fate = Preparation::Fate::copy;
  Drop drop = Drop::count;  // dropped: why
  std::string why;          // in words
  std::string bytes;        // copy: all of it, as the shadow gets it
};

struct ExplainedRequest {
  const http::Head& head;
  relay::RequestKind kind = relay::RequestKind::ordinary;
  std::string_view body;    // whole, as framed on the wire
  std::string_view client;  // its address
  uint64_t draw = 0;        // what chance says; 0 is in every sample that is not empty
};

// `shadow`: compiled (compile.h).  With fresh buckets, at the beginning of its ramps' end: what rates and
// ramps would do depends on the time, and is said in `why`.
Explanation explain(const ShadowOptions& shadow, const ExplainedRequest& request);

}  // namespace umbra::mirror
