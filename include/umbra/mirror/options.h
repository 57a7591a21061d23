// What a worker's mirror needs to know of its shadows.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/net/address.h"
#include "umbra/net/tls_options.h"
#include "umbra/rules/options.h"

namespace umbra::rules {
class BodyMask;
class Program;
}  // namespace umbra::rules

namespace umbra::mirror {

// Pauses a shadow by itself: when, over the last `window`, so large a share of its copies failed or was
// answered 5xx, or their mean time to the last byte was above `latency`.  0: that part is not looked at.
struct StopWhen {
  double error_share = 0;  // of 1
  Nanos latency = 0;
  Nanos window = 60 * kSecond;
  uint64_t at_least = 100;  // copies that ended in the window; fewer prove nothing
  Nanos resume_after = 0;   // 0: only a person resumes it, or a reload
  bool operator==(const StopWhen&) const = default;
};

struct ShadowOptions {
  std::string name{};
  std::string url{};        // as given, for people; without user and password
  std::string authority{};  // what the copy's Host says
  net::Address address{};
  bool marker = true;  // add `Umbra-Copy: <name>`

  // What a copy is, and which there are; `program` and `body_mask` are `rules` compiled, null where it says
  // nothing.
  rules::Options rules{};
  std::shared_ptr<const rules::Program> program{};
  std::shared_ptr<const rules::BodyMask> body_mask{};
  std::string authorization{};                // `Basic ...` from the URL; a secret: never shown or logged
  std::optional<net::TlsOptions> tls{};       // https
  bool raw = false;                           // tcp: the client's bytes as they are, of every connection
  unsigned redirects = 0;                     // how many are followed
  std::vector<std::string> redirect_hosts{};  // besides the shadow's own
  std::optional<StopWhen> stop_when{};
  bool paused = false;  // from the start

  // Where they differ from those of all shadows.
  std::optional<size_t> connections{};
  std::optional<Nanos> timeout{};
  std::optional<Nanos> connect_timeout{};
  std::optional<unsigned> pipeline{};
};

// Whether a shadow goes on under new options, with its counters, its connections and its copies in flight.
inline bool same_place(const ShadowOptions& a, const ShadowOptions& b) {
  return a.name == b.name && a.address == b.address && a.tls == b.tls && a.raw == b.raw;
}

struct Options {
  std::vector<ShadowOptions> shadows;
  std::vector<net::Address> own{};  // where the app and umbra's listeners are: no redirect is followed there
  // The following three are the whole process's; a worker gets its share (see share_of).
  size_t memory = 64 * 1024 * 1024;
  size_t connections = 128;  // per shadow
  Nanos timeout = 30 * kSecond;
  Nanos connect_timeout = 3 * kSecond;
  unsigned pipeline = 0;  // 0: auto; else the depth
  bool off = false;       // UMBRA_MIRROR=off: nothing is copied until a person resumes it
};

// A copy up to this size, complete when it is made, may share a write with others.
inline constexpr size_t kSmallCopy = 16 * 1024;
inline constexpr size_t kShadowsMax = 64;

}  // namespace umbra::mirror
