// W3C trace context of a copy: traceparent and tracestate.
//
// One that is not valid counts as none, and neither field is sent on then: the shadow begins a trace of its
// own, as it does for a request that came without.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "umbra/rules/draft.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

// Ids without a random source of their own: from the exchange's draw, and a count and a salt of who asks.
// Never 0, which is no id.
class TraceIds {
 public:
  TraceIds(uint64_t draw, uint64_t salt, uint64_t& count) : draw_(draw), salt_(salt), count_(count) {}
  uint64_t next() noexcept;

 private:
  uint64_t draw_;
  uint64_t salt_;
  uint64_t& count_;
};

struct TraceParent {
  std::string_view trace_id;   // 32 hex digits
  std::string_view parent_id;  // 16
  uint8_t flags = 0;

  static std::optional<TraceParent> parse(std::string_view value) noexcept;
};

void apply(const Trace& trace, Draft& draft, TraceIds& ids);

}  // namespace umbra::rules
