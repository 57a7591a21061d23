// SinkModel: what the sink answers to which request: by chance, with shares that are given.
//
// Immutable once made; every thread reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/generate/dice.h"
#include "umbra/generate/distribution.h"
#include "umbra/generate/path_pattern.h"
#include "umbra/generate/status_shares.h"

namespace umbra::generate {

// A time of errors that comes again and again: for the first time when `every` has passed.
struct Burst {
  Nanos every = 0;
  Nanos length = 0;
  double share = 1;  // of the requests in that time, 0 to 1
  unsigned status = 503;

  // `since`: from when the sink was started.
  bool on(Nanos since) const noexcept { return since >= every && since % every < length; }
};

struct SinkAnswer {
  StatusShares statuses;
  Distribution latency;
  // The body: this text, or filler of such a size, or where neither is given the status in words.
  std::optional<std::string> body;
  std::optional<Distribution> size;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Burst> errors;
};

struct SinkRoute {
  std::string method;  // empty: any.  GET is for HEAD, too
  PathPattern path;
  SinkAnswer answer;
};

struct SinkModel {
  std::vector<SinkRoute> routes;
  SinkAnswer otherwise;  // to what no route is for

  // The first route that is for it; routes.size() where none is.
  size_t find(std::string_view method, std::string_view target) const noexcept;
  const SinkAnswer& answer(size_t route) const noexcept {
    return route < routes.size() ? routes[route].answer : otherwise;
  }
  std::string name(size_t route) const;

  static constexpr size_t kRoutesMax = 256;
};

struct Drawn {
  unsigned status = 200;
  Nanos latency = 0;
  uint64_t size = 0;  // where the answer has one
};

// What one request gets, at a time `since` the sink was started.
Drawn draw(const SinkAnswer& answer, Dice dice, Nanos since) noexcept;

}  // namespace umbra::generate
