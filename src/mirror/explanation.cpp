#include "umbra/mirror/explanation.h"

#include <fmt/format.h>

#include <variant>

#include "umbra/http/framing.h"
#include "umbra/mirror/body_meter.h"
#include "umbra/mirror/masked_message.h"
#include "umbra/mirror/own_lines.h"

namespace umbra::mirror {
namespace {

using Fate = Preparation::Fate;

constexpr Nanos kAfterRamps = ~Nanos{0} / 2;  // every ramp has ended by then

std::string_view in_words(Drop why) {
  switch (why) {
    case Drop::loop:
      return "the request carries umbra's marker: it is a copy already";
    case Drop::upgrade:
      return "a protocol switch cannot be copied";
    case Drop::connect:
      return "CONNECT opens a tunnel, which cannot be copied";
    case Drop::hop_options:
      return "its Connection field names more fields than umbra looks for";
    case Drop::rule_error:
      return "a rule would write what must not stand in a message";
    case Drop::rate_limited:
      return "more than the shadow's rate";
    case Drop::body_too_large:
      return "its body is larger than the shadow's max_body";
    case Drop::unmaskable:
      return "its body must be masked and cannot be read";
    case Drop::paused:
      return "the shadow is paused";
    default:
      return name_of(why);
  }
}

// What else decides, beyond this request.
std::string conditions(const ShadowOptions& shadow) {
  std::string text;
  for (const rules::Step& step : shadow.rules.steps) {
    if (const auto* sample = std::get_if<rules::Sample>(&step)) {
      if (sample->by == rules::Sample::By::draw && sample->percent < rules::kAll) {
        text += fmt::format("; {}.{:02} % of such requests, by chance", sample->percent / 100,
                            sample->percent % 100);
      }
    } else if (const auto* rate = std::get_if<rules::Rate>(&step)) {
      text += fmt::format("; at most {} a second", rate->per_second);
    }
  }
  return text;
}

Explanation dropped(Drop why) { return {Fate::dropped, why, std::string(in_words(why)), ""}; }

std::string bytes_of(const CopyHead& head, const ShadowOptions& shadow, std::string_view body) {
  const std::string host = head.takes_host_line() ? host_line_of(shadow) : "";
  const std::string marker = marker_line_of(shadow);
  Chunk chunk = Chunk::with_room(head.size(host, marker));
  head.write(chunk, host, marker);
  return std::string(chunk.view()).append(body);
}

Explanation masked(Preparation& preparation, const ShadowRules& rules, const ShadowOptions& shadow,
                   const ExplainedRequest& request) {
  MaskedMessage message(shadow.body_mask, masked_body_max(shadow), preparation.unframed(rules),
                        host_line_of(shadow), preparation.draft(), request.head);
  Drop why = message.take(request.body);
  if (why == Drop::count) why = message.finish();
  if (why != Drop::count) return dropped(why);
  const std::string marker = marker_line_of(shadow);
  std::string bytes = message.head();
  bytes.insert(bytes.size() - 2, marker);
  return {Fate::copy, Drop::count, "its body masked" + conditions(shadow), bytes + message.body()};
}

}  // namespace

Explanation explain(const ShadowOptions& shadow, const ExplainedRequest& request) {
  Preparation preparation;
  if (const Drop why = preparation.begin(request.head, request.kind); why != Drop::count) return dropped(why);
  if (shadow.paused) return dropped(Drop::paused);
  ShadowRules rules = rules_of(shadow, 1, 0);
  const auto prepared = preparation.prepare(rules, {request.client, request.draw, kAfterRamps});
  const std::string why = shadow.program ? shadow.program->describe(prepared.verdict) : "no rules";
  switch (prepared.fate) {
    case Fate::filtered:
    case Fate::sampled_out:
      return {prepared.fate, Drop::count, why, ""};
    case Fate::dropped:
      if (prepared.drop == Drop::hop_options) return dropped(prepared.drop);
      return {Fate::dropped, prepared.drop, why, ""};
    case Fate::copy:
      break;
  }
  if (BodyMeter(request.head, shadow.rules.body.max).exceeded(request.head, request.body)) {
    return dropped(Drop::body_too_large);
  }
  if (!request.body.empty() && shadow.body_mask &&
      MaskedMessage::needed(*shadow.body_mask, preparation.draft())) {
    return masked(preparation, rules, shadow, request);
  }
  return {Fate::copy, Drop::count, why + conditions(shadow), bytes_of(*prepared.head, shadow, request.body)};
}

}  // namespace umbra::mirror
