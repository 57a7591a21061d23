#include "umbra/mirror/preparation.h"

#include <utility>

#include "umbra/base/random.h"
#include "umbra/base/text.h"

namespace umbra::mirror {
namespace {

using http::Name;
using relay::RequestKind;

// Clients offer `Upgrade: h2c` with ordinary requests (Java's does with its first); a copy without the
// offer is an ordinary request.  Any other protocol would begin with an answer that a copy does not have.
bool offers_only_h2c(const http::Head& head) {
  return !head.has_twice(Name::upgrade) && equals_ignoring_case(head.field(Name::upgrade).value, "h2c");
}

CopyHead::HostLine host_line(rules::Host::Mode mode) noexcept {
  return mode == rules::Host::Mode::preserve ? CopyHead::HostLine::kept : CopyHead::HostLine::replaced;
}

}  // namespace

ShadowRules rules_of(const ShadowOptions& shadow, unsigned workers, Nanos now) {
  ShadowRules rules;
  rules.program = shadow.program;
  if (rules.program) rules.state = rules.program->state(workers, now, random_seed());
  rules.host = shadow.rules.host.mode;
  return rules;
}

size_t masked_body_max(const ShadowOptions& shadow) noexcept {
  return shadow.rules.body.max != 0 ? shadow.rules.body.max : rules::kMaskedBodyMax;
}

Drop Preparation::begin(const http::Head& head, RequestKind kind) {
  head_ = &head;
  draft_.begin(head);
  shared_planned_ = false;
  if (head.has(Name::marker)) return Drop::loop;
  if (kind == RequestKind::connect) return Drop::connect;
  if (kind == RequestKind::upgrade && !offers_only_h2c(head)) return Drop::upgrade;
  return Drop::count;
}

Preparation::Prepared Preparation::prepare(const ShadowRules& shadow, const rules::Exchange& exchange,
                                           const rules::BasisPoints* percent) noexcept {
  Prepared prepared;
  const auto dropped = [&](Drop why) {
    prepared.fate = Fate::dropped;
    prepared.drop = why;
    return prepared;
  };
  if (draft_.changed() || draft_.spoiled()) draft_.begin(*head_);
  if (shadow.program) {
    prepared.verdict = shadow.program->run(draft_, exchange, *shadow.state, percent);
    switch (prepared.verdict.outcome) {
      case rules::Outcome::copy:
        break;
      case rules::Outcome::filtered:
        prepared.fate = Fate::filtered;
        return prepared;
      case rules::Outcome::sampled_out:
        prepared.fate = Fate::sampled_out;
        return prepared;
      case rules::Outcome::rate_limited:
        return dropped(Drop::rate_limited);
      case rules::Outcome::rule_error:
        return dropped(Drop::rule_error);
    }
  }
  const bool as_received = !draft_.changed() && shadow.host != rules::Host::Mode::preserve;
  if (!as_received) {
    if (!own_.plan(draft_, host_line(shadow.host))) return dropped(Drop::hop_options);
    prepared.head = &own_;
  } else {
    if (!std::exchange(shared_planned_, true)) shareable_ = shared_.plan(*head_);
    if (!shareable_) return dropped(Drop::hop_options);
    prepared.head = &shared_;
  }
  return prepared;
}

const CopyHead& Preparation::unframed(const ShadowRules& shadow) {
  own_.plan(draft_, host_line(shadow.host), CopyHead::FramingLines::left_out);
  return own_;
}

}  // namespace umbra::mirror
