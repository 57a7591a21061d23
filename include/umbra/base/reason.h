// The closed sets of reasons why umbra did not do something.  Each value is an index of a counter and,
// by its name, a label of a metric; what people read in logs, /metrics and /status is the same word.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace umbra {

// Why a connection is relayed on without being followed (and so without being copied).
enum class Opaque : uint8_t {
  none,
  unobserved,       // umbra runs with --safe
  tunnel,           // 101 Switching Protocols
  connect,          // 2xx to CONNECT
  upgrade_pending,  // bytes behind a request whose answer decides what they are
  http2,            // an HTTP/2 preface
  tls,              // a TLS hello
  server_first,     // the app spoke without being asked
  bad_start_line,   // not a request line or a status line of HTTP/1.x
  bad_version,      // HTTP/0.9, HTTP/2.0 in a request line, ...
  bad_field,        // a field name or value with bytes that must not be there, space before colon
  folded_field,     // obs-fold, RFC 9112 section 5.2
  bare_line_end,    // CR or LF alone
  bad_host,         // none, two or an invalid Host, RFC 9112 section 3.2
  two_framings,     // Content-Length and Transfer-Encoding, or either twice
  bad_length,       // Content-Length that is no number or overflows
  bad_coding,       // a transfer coding other than a single chunked, or one in HTTP/1.0
  bad_chunk,        // chunked framing broken
  head_too_large,
  too_many_fields,
  too_many_pending,  // more requests outstanding than umbra remembers
  parsers_disagree,  // llhttp and the strict check read the same bytes differently
  bad_answer,        // any of the above in an answer
  count
};
inline constexpr std::array<std::string_view, static_cast<size_t>(Opaque::count)> kOpaqueNames{
    "none",
    "unobserved",
    "tunnel",
    "connect",
    "upgrade_pending",
    "http2",
    "tls",
    "server_first",
    "bad_start_line",
    "bad_version",
    "bad_field",
    "folded_field",
    "bare_line_end",
    "bad_host",
    "two_framings",
    "bad_length",
    "bad_coding",
    "bad_chunk",
    "head_too_large",
    "too_many_fields",
    "too_many_pending",
    "parsers_disagree",
    "bad_answer"};

// Why a shadow got no byte of a copy.
enum class Drop : uint8_t {
  loop,         // the request carries umbra's marker: it is a copy already
  upgrade,      // a protocol switch other than h2c cannot be copied
  connect,      // CONNECT opens a tunnel
  hop_options,  // Connection names more fields than umbra looks for
  rule_error,   // a rule would have written what must not stand in a message
  rate_limited,
  body_too_large,  // for the shadow's max_body
  unmaskable,      // a body that must be masked cannot be read
  paused,          // by a person, for this shadow or (UMBRA_MIRROR=off, SIGUSR2) for all
  stopped,         // by the shadow's stop_when
  over_budget,     // the shadow's share of --shadow-memory is full
  over_total,      // --shadow-memory is full
  breaker_open,
  connections_max,  // a copied connection needs one of its own, and the shadow has no more
  client_aborted,   // the client went away before the request was whole
  opaque,           // the request's body turned out to be ambiguous
  draining,
  timeout,  // waited for a connection longer than --shadow-timeout
  count
};
inline constexpr std::array<std::string_view, static_cast<size_t>(Drop::count)> kDropNames{
    "loop",           "upgrade",         "connect",        "hop_options", "rule_error",  "rate_limited",
    "body_too_large", "unmaskable",      "paused",         "stopped",     "over_budget", "over_total",
    "breaker_open",   "connections_max", "client_aborted", "opaque",      "draining",    "timeout"};

// Why a copy that a connection was chosen for did not end with a whole answer.
enum class Fail : uint8_t {
  resolve,
  connect,  // refused, unreachable, out of descriptors
  connect_timeout,
  tls,                // no handshake, or a certificate that is not the shadow's
  timeout,            // --shadow-timeout
  reset,              // the shadow reset the connection
  closed_unanswered,  // the shadow closed the connection before an answer began
  closed_early,       // ... within the answer
  protocol,           // what came back is no sound HTTP/1.x answer
  over_budget,        // the body outgrew the budget while it was being sent
  body_too_large,     // ... or the shadow's max_body
  client_aborted,     // the client went away within its request
  opaque,             // the request's body turned out to be ambiguous half-way
  draining,
  count
};
inline constexpr std::array<std::string_view, static_cast<size_t>(Fail::count)> kFailNames{
    "resolve",        "connect",           "connect_timeout", "tls",      "timeout",
    "reset",          "closed_unanswered", "closed_early",    "protocol", "over_budget",
    "body_too_large", "client_aborted",    "opaque",          "draining"};

constexpr std::string_view name_of(Opaque reason) { return kOpaqueNames[static_cast<size_t>(reason)]; }
constexpr std::string_view name_of(Drop reason) { return kDropNames[static_cast<size_t>(reason)]; }
constexpr std::string_view name_of(Fail reason) { return kFailNames[static_cast<size_t>(reason)]; }

// Counters indexed by one of the enums above.
template <typename Reason>
class CountsBy {
 public:
  uint64_t& operator[](Reason reason) noexcept { return counts_[static_cast<size_t>(reason)]; }
  uint64_t operator[](Reason reason) const noexcept { return counts_[static_cast<size_t>(reason)]; }
  uint64_t sum() const noexcept {
    uint64_t total = 0;
    for (const uint64_t count : counts_) total += count;
    return total;
  }
  void add(const CountsBy& other) noexcept {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<uint64_t, static_cast<size_t>(Reason::count)> counts_{};
};

}  // namespace umbra
