// Snapshot: everything that /metrics, /status, /healthz and /readyz show, at one moment.
// SnapshotSource: where the admin server gets one; the app layer asks its workers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "umbra/control/process_figures.h"
#include "umbra/metrics/counters.h"

namespace umbra::control {

enum class State : uint8_t { starting, running, draining };

struct ShadowIdentity {
  std::string name;
  std::string url;
  bool paused = false;                // by a person or from the start
  std::optional<uint32_t> percent{};  // a person's, in hundredths; none: as configured
  bool insecure_tls = false;          // whoever answers is believed to be it
};

struct Reloads {
  uint64_t succeeded = 0;
  uint64_t failed = 0;
  bool last_succeeded = true;    // also before the first
  double loaded_at_seconds = 0;  // since 1970: when the configuration in force was read
};

struct Snapshot {
  std::string version;
  double uptime_seconds = 0;
  State state = State::starting;
  unsigned workers = 0;
  unsigned workers_answered = 0;    // in time, or ended; of the others `total` has what they said last
  bool listening = false;           // every listener is open
  std::string app;                  // its address
  std::optional<bool> app_accepts;  // none: not known
  bool ready_needs_app = false;
  bool mirror_off = false;  // the kill switch: nothing is copied
  Reloads reloads;
  std::vector<ShadowIdentity> shadows;
  metrics::WorkerCounters total;  // its shadows in the same order; fewer when no worker answered
  // All shadows that reloads took away, together: their last copies may still be under way.
  uint64_t removed_shadows = 0;
  metrics::ShadowCounters removed;
  ProcessFigures process;

  // A shadow's counters, zeros when there are none.
  const metrics::ShadowCounters& counters_of(size_t shadow) const noexcept {
    static const metrics::ShadowCounters none;
    return shadow < total.shadows.size() ? total.shadows[shadow] : none;
  }
};

class SnapshotSource {
 public:
  using Done = std::function<void(Snapshot)>;
  // Calls `done` once, later, on the caller's loop, whether all workers answered in time or not.
  virtual void collect(Done done) = 0;

 protected:
  ~SnapshotSource() = default;
};

}  // namespace umbra::control
