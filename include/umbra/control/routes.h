// The admin pages: what a request asks for, and what it is answered, as pure functions.
//
//   plan ──▶ answer                                  (a refusal)
//     ├────▶ show   ── a Snapshot ────────▶ show()
//     ├────▶ steer  ── Steering, then as show
//     └────▶ reload ── Steering ──────────▶ reload_page()
#pragma once

#include <string_view>

#include "umbra/control/access.h"
#include "umbra/control/request.h"
#include "umbra/control/snapshot.h"
#include "umbra/control/steering.h"

namespace umbra::control {

struct Plan {
  enum class Kind : uint8_t { answer, show, steer, reload };
  Kind kind = Kind::show;
  Answer answer{};  // answer
  Order order{};    // steer
};

Plan plan(const Request& request, const Access& access);

// The page of a target that plan() took.
Answer show(std::string_view target, const Snapshot& snapshot);

}  // namespace umbra::control
