// What a shadow's rules say, as data: checked texts, nothing compiled.  The configuration file and
// gor.options both end here; Program::compile (program.h) makes it run.
//
// Rules are steps that run in order on a draft of the copy's head (draft.h): each either lets the copy go on,
// ends it (filtered, sampled out), or edits the draft.  A later step sees what an earlier one edited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "umbra/base/clock.h"

namespace umbra::rules {

// ---- choosing ----

// Regular expressions are RE2's, unanchored, on bytes as received.
struct HeaderPart {
  std::string name{};  // in any case
  std::string pattern{};
  // A field that is not there: does not match, or is matched as if it were empty (gor 0.9).
  enum class Missing : uint8_t { no_match, as_empty };
  Missing missing = Missing::no_match;
  bool first_line_only = false;   // gor; else any line of that name may match
  bool empty_is_missing = false;  // gor
  bool operator==(const HeaderPart&) const = default;
};

// All parts that are given must match.
struct Condition {
  std::vector<std::string> methods{};   // one of them, exactly
  std::optional<std::string> path{};    // pattern; the target up to '?'
  std::optional<std::string> query{};   // pattern; behind '?', empty when there is none
  std::optional<std::string> target{};  // pattern; path and query as they stand on the request line
  std::optional<std::string> url{};     // pattern; Host's value and the target, as gor 0.9 saw it
  std::optional<std::string> host{};    // pattern; Host's value
  std::vector<HeaderPart> headers{};    // all of them
  // Pattern; the decoded user:password of `Authorization: Basic`.  Another scheme, or none, matches (gor).
  std::optional<std::string> basic_auth{};
  std::vector<std::string> clients{};  // addresses or CIDR blocks: one of them
  bool operator==(const Condition&) const = default;
};

// Lets a copy go on when a condition of `allow` matches (or there is none) and none of `deny` does.
struct Choose {
  std::vector<Condition> allow{};
  std::vector<Condition> deny{};
  bool operator==(const Choose&) const = default;
};

// ---- sampling ----

// Hundredths of a percent: 10,000 is all.
using BasisPoints = uint32_t;
inline constexpr BasisPoints kAll = 10'000;

// Every key's place in [0, 1) is the same on every worker, instance and restart, and does not depend on the
// percentage: who is in the 1 % is in the 10 %.  Without a key, one random draw an exchange serves all
// shadows, so that samples nest there too.
struct Sample {
  enum class By : uint8_t { draw, header, cookie, query, client };
  // keep: as in the sample.  random: by the exchange's draw.
  enum class Missing : uint8_t { keep, drop, random };
  // gor_percent: FNV-1a (32 bit) % 100 < percent.  gor_share: FNV-1a <= share_limit (gor 0.9).
  enum class Hash : uint8_t { umbra, gor_percent, gor_share };

  BasisPoints percent = kAll;
  By by = By::draw;
  std::string name{};  // of the header, cookie or query parameter
  Missing missing = Missing::random;
  Hash hash = Hash::umbra;
  uint32_t share_limit = 0;  // gor_share
  bool empty_is_missing = true;
  // From ramp_from to percent in a straight line over this time, from when the rules came into force.
  Nanos ramp = 0;
  BasisPoints ramp_from = 0;
  bool operator==(const Sample&) const = default;
};

// At most so many a second: the process's, which its workers share evenly.
struct Rate {
  double per_second = 0;
  double burst = 1;  // the bucket's size; at least 1
  bool window =
      false;  // gor's |N: N in a window that begins with a copy more than a second after the last one did
  bool operator==(const Rate&) const = default;
};

// Round robin over several shadows (gor's --split-output): of the copies that come this far, each `count`th.
struct Turn {
  unsigned index = 0;
  unsigned count = 1;
  bool operator==(const Turn&) const = default;
};

// ---- rewriting: of the copy alone ----

// Replaces all lines of that name, in the place of the first; else adds one.
struct SetHeader {
  std::string name{};
  std::string value{};
  bool first_line_only = false;  // gor: other lines of that name stay
  bool add_in_front = false;     // gor: a new one becomes the first field
  bool operator==(const SetHeader&) const = default;
};
struct AddHeader {
  std::string name{};
  std::string value{};
  bool operator==(const AddHeader&) const = default;
};
struct RemoveHeader {
  std::string name{};
  bool operator==(const RemoveHeader&) const = default;
};
// In every line of that name, every match; $1, ${1} and ${name} stand for groups, $$ for a dollar sign.
struct RewriteHeader {
  std::string name{};
  std::string pattern{};
  std::string replacement{};
  bool first_line_only = false;  // gor
  bool operator==(const RewriteHeader&) const = default;
};
struct Rewrite {
  std::string pattern{};
  std::string replacement{};
  bool operator==(const Rewrite&) const = default;
};
// Path and query as they stand on the request line.
struct RewriteTarget {
  std::vector<Rewrite> rewrites{};
  bool first_match_only = false;  // gor: the first that matches is the last
  bool operator==(const RewriteTarget&) const = default;
};
// Joined with one slash.
struct PrefixPath {
  std::string prefix{};
  bool operator==(const PrefixPath&) const = default;
};
// Every parameter of that name but the first goes, the first gets the value; else it is added at the end.
struct SetQuery {
  std::string name{};
  std::string value{};  // as it shall stand there: not encoded further
  bool as_gor =
      false;  // gor: replaces `&name=` if there is one anywhere, else `?name=`, else adds; others stay
  bool operator==(const SetQuery&) const = default;
};
struct RemoveQuery {
  std::string name{};
  bool operator==(const RemoveQuery&) const = default;
};

// W3C trace context (facts of the standard: traceparent, tracestate).
struct Trace {
  // child: a new parent-id in the same trace.  restart: a new trace, the old traceparent in
  // Umbra-Trace-Parent.  drop: neither field.
  enum class Mode : uint8_t { copy, child, restart, drop };
  Mode mode = Mode::copy;
  bool operator==(const Trace&) const = default;
};

// ---- masking ----

// What takes a value's place: a fixed text, or a keyed hash, so that equal values stay equal.
struct MaskWith {
  std::string text = "***";
  std::string key{};  // not empty: HMAC-SHA-256 of the value, the first 16 bytes in hex
  bool operator==(const MaskWith&) const = default;
};
struct MaskHead {
  std::vector<std::string> headers{};  // names; all lines
  std::vector<std::string> cookies{};  // names; within Cookie
  std::vector<std::string> query{};    // parameter names
  MaskWith with{};
  bool operator==(const MaskHead&) const = default;
};
// Buffers the body within Body::max; a body that cannot be read as what its Content-Type says is dropped,
// never sent unmasked.
struct MaskBody {
  // Dotted paths; `*` is any one step (an index or a name), `**` any number: user.email, items.*.card,
  // **.token
  std::vector<std::string> json{};
  std::vector<std::string> form{};  // field names, application/x-www-form-urlencoded
  MaskWith with{};
  bool empty() const noexcept { return json.empty() && form.empty(); }
  bool operator==(const MaskBody&) const = default;
};

using Step = std::variant<Choose, Sample, Rate, Turn, SetHeader, AddHeader, RemoveHeader, RewriteHeader,
                          RewriteTarget, PrefixPath, SetQuery, RemoveQuery, MaskHead, Trace>;

struct Body {
  // A larger one drops the whole copy (body_too_large), or aborts it where it had begun.  0: no bound.
  size_t max = 0;
  MaskBody mask;
  bool operator==(const Body&) const = default;
};
// How much is buffered to be masked when Body::max is 0.
inline constexpr size_t kMaskedBodyMax = 1024 * 1024;

struct Host {
  enum class Mode : uint8_t { target, preserve, name };
  Mode mode = Mode::target;
  std::string name{};  // with its port, if it shall have one
  bool operator==(const Host&) const = default;
};

struct Options {
  std::vector<Step> steps{};
  Host host;
  Body body;
  bool empty() const noexcept { return steps.empty() && body.max == 0 && body.mask.empty(); }
  bool operator==(const Options&) const = default;
};

}  // namespace umbra::rules
