// Arena: an app, umbra, a bad shadow and a good one; and the bytes that both ends of a live connection saw.
#pragma once

#include <memory>
#include <string>

#include "integration/faults.h"
#include "integration/kinds.h"
#include "integration/watcher.h"
#include "support/pulse.h"

namespace umbra::integration {

// ThreadSanitizer makes everything so much slower that a good shadow needs more time, too.
#if defined(__SANITIZE_THREAD__)
inline constexpr unsigned kSlowdown = 4;
#else
inline constexpr unsigned kSlowdown = 1;
#endif

// One live connection, as its two ends have seen it.
struct Transcript {
  Heard client;
  support::Record app;
};

// `kind` with nothing between client and app; taken once and kept.
const Transcript& without_umbra(const Kind& kind);
// How long `kind` may take through umbra: less than the shadow's time-out and than what a late answer takes,
// so that a session which waits for a shadow is found.
support::Clock::duration time_limit(const Kind& kind);

// Empty: both ends saw the same in both.
std::string difference(const Transcript& with, const Transcript& without);

class Arena {
 public:
  // unedited: copies are what was received.  edited: both shadows have rules, which let everything through:
  // a regular expression, a header that is set, a mask for JSON bodies, a sample of all by a header.
  enum class Copies : uint8_t { unedited, edited };
  // `pipeline`: as --shadow-pipeline; 0: auto.
  Arena(const Fault& fault, unsigned pipeline, Copies copies = Copies::unedited);

  // `kind` through umbra; again if it took too long, for which other programs may be the cause: what it takes
  // without umbra is then measured anew, too.
  Transcript talk(const Kind& kind);
  size_t talks() const noexcept { return talks_; }
  // Nothing is in flight any more; false: something still is after all that time.
  bool settled();
  // The bad shadow begins anew as another one; its old connections are gone.
  void become(const Fault& fault);
  // The bad shadow becomes a good one.
  void repair();
  // Sends requests until one's copy has arrived, and says what is wrong with it, or that it took longer than
  // kRecovery; empty: nothing.
  std::string next_copy();

  // Times that were measured since the beginning may be judged.
  bool steady() const noexcept { return pulse_.steady(); }

  support::RunningProxy& umbra() noexcept { return umbra_; }
  Watcher& watcher() noexcept { return watcher_; }
  support::ScriptedOrigin& bad() noexcept { return bad_; }
  metrics::ShadowCounters bad_counters() { return umbra_.shadow(0); }
  metrics::ShadowCounters good_counters() { return umbra_.shadow(1); }

  static constexpr size_t kMemory = 2 * 1024 * 1024;
  static constexpr Nanos kTimeout = kSlowdown * 400 * kMillisecond;
  static constexpr unsigned kTalksMax = 5;
  // A breaker that has just opened probes after 0.1, 0.2, 0.4, ... s.
  static constexpr support::Millis kRecovery{2'500};

 private:
  config::ProxyOptions options(const Fault& fault, unsigned pipeline) const;
  bool copy_arrives(const std::string& target, std::string& copy);
  std::string request_for(const std::string& target) const;
  std::string copy_for(const std::string& target) const;

  support::Pulse pulse_;
  Fault::Where where_;
  Copies copies_;
  support::ScriptedOrigin app_;
  support::ScriptedOrigin bad_;
  support::ScriptedOrigin good_;
  support::RunningProxy umbra_;
  Watcher watcher_;
  size_t talks_ = 0;
};

}  // namespace umbra::integration
