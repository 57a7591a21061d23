// Preparation: what a request's copies are: the head that all shadows share, and for a shadow with rules its
// verdict and its own head.  The proxy and `umbra explain` both decide here.
#pragma once

#include <memory>

#include "umbra/base/reason.h"
#include "umbra/mirror/copy_head.h"
#include "umbra/mirror/options.h"
#include "umbra/relay/tap.h"
#include "umbra/rules/program.h"

namespace umbra::mirror {

// A shadow's rules with what one worker remembers of them.
struct ShadowRules {
  std::shared_ptr<const rules::Program> program;  // null: every request, as it is
  rules::ProgramStatePtr state;
  rules::Host::Mode host = rules::Host::Mode::target;
};
// `workers` share what is the process's; ramps begin `now`.
ShadowRules rules_of(const ShadowOptions& shadow, unsigned workers, Nanos now);
// How large a body may be that is gathered to be masked.
size_t masked_body_max(const ShadowOptions& shadow) noexcept;

class Preparation {
 public:
  // `head` must hold until the last prepare() and the last use of what it gave.  Why no shadow gets the
  // request; Drop::count: none.
  Drop begin(const http::Head& head, relay::RequestKind kind);

  enum class Fate : uint8_t { copy, filtered, sampled_out, dropped };
  struct Prepared {
    Fate fate = Fate::copy;
    Drop drop = Drop::count;         // dropped: why
    rules::Verdict verdict;          // of the program, if there is one
    const CopyHead* head = nullptr;  // copy: until the next prepare()
  };
  Prepared prepare(const ShadowRules& shadow, const rules::Exchange& exchange,
                   const rules::BasisPoints* percent = nullptr) noexcept;

  // The head with a shadow's edits, after prepare().
  const rules::Draft& draft() const noexcept { return draft_; }
  // For a copy whose body will be framed anew: its head without framing.
  const CopyHead& unframed(const ShadowRules& shadow);

 private:
  const http::Head* head_ = nullptr;
  bool shared_planned_ = false;
  bool shareable_ = false;
  CopyHead shared_;
  CopyHead own_;
  rules::Draft draft_;
};

}  // namespace umbra::mirror
