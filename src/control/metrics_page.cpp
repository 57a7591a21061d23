#include "umbra/control/metrics_page.h"

#include <array>

#include "umbra/metrics/exposition.h"

namespace umbra::control {
namespace {

using metrics::Exposition;
using metrics::Kind;
using metrics::SessionCounters;
using metrics::ShadowCounters;

template <typename Counters>
struct Series {
  Kind kind;
  std::string_view name;
  std::string_view help;
  uint64_t Counters::*value;
};

constexpr std::array kSessionSeries{
    Series<SessionCounters>{Kind::counter, "umbra_sessions_opened_total",
                            "Connections accepted from clients.", &SessionCounters::opened},
    Series<SessionCounters>{Kind::counter, "umbra_client_resets_total", "Sessions that the client reset.",
                            &SessionCounters::client_resets},
    Series<SessionCounters>{Kind::counter, "umbra_app_resets_total", "Sessions that the application reset.",
                            &SessionCounters::app_resets},
    Series<SessionCounters>{Kind::counter, "umbra_app_connect_failed_total",
                            "Sessions whose application could not be connected.",
                            &SessionCounters::app_connect_failed},
    Series<SessionCounters>{Kind::counter, "umbra_accept_paused_total",
                            "Times that accepting paused for want of descriptors, or at --max-sessions.",
                            &SessionCounters::accept_paused},
    Series<SessionCounters>{Kind::counter, "umbra_live_unedited_total",
                            "Sessions with bytes that a live edit could not be made in.",
                            &SessionCounters::live_unedited},
    Series<SessionCounters>{Kind::counter, "umbra_proxy_protocol_refused_total",
                            "Sessions closed for want of a sound PROXY header.",
                            &SessionCounters::proxy_protocol_refused},
};

// seen = filtered + sampled_out + dropped + completed + failed + inflight, at any moment.
constexpr std::array kShadowSeries{
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_seen_total",
                           "Exchanges that the shadow was considered for.", &ShadowCounters::seen},
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_filtered_total",
                           "Exchanges that a rule kept from the shadow.", &ShadowCounters::filtered},
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_sampled_out_total",
                           "Exchanges outside the shadow's sample.", &ShadowCounters::sampled_out},
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_completed_total",
                           "Copies that were answered to the end.", &ShadowCounters::completed},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_inflight", "Copies under way or waiting.",
                           &ShadowCounters::in_flight},
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_resent_total",
                           "Copies sent once more after a pipelining connection closed.",
                           &ShadowCounters::resent},
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_redirects_followed_total",
                           "Redirects of the shadow that its copies followed.",
                           &ShadowCounters::redirects_followed},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_queue_requests", "Copies that wait for a connection.",
                           &ShadowCounters::waiting},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_queue_bytes", "Memory held by copies.",
                           &ShadowCounters::held_bytes},
    Series<ShadowCounters>{
        Kind::gauge, "umbra_shadow_queue_bytes_peak",
        "The most memory that copies held since the start (the sum of the workers' peaks).",
        &ShadowCounters::held_bytes_peak},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_queue_limit_bytes",
                           "Bound of the memory held by copies.", &ShadowCounters::held_bytes_limit},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_connections", "Open connections to the shadow.",
                           &ShadowCounters::connections_open},
    Series<ShadowCounters>{Kind::counter, "umbra_shadow_connections_opened_total",
                           "Connections begun to the shadow, also those that failed.",
                           &ShadowCounters::connections_opened},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_breaker_state",
                           "Workers whose breaker for the shadow is open; 0: closed everywhere.",
                           &ShadowCounters::breakers_open},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_stopped",
                           "Workers whose stop_when keeps copies from the shadow.", &ShadowCounters::stopped},
    Series<ShadowCounters>{Kind::gauge, "umbra_shadow_pipelining",
                           "Workers that batch copies for the shadow.", &ShadowCounters::pipelining},
};

// The label of all shadows together that reloads took away; a shadow's name has no parentheses.
constexpr std::string_view kRemoved = "(removed)";

class Page {
 public:
  explicit Page(const Snapshot& snapshot) : of_(snapshot) {}

  std::string write() {
    write_umbra();
    write_config();
    write_sessions();
    write_live();
    write_shadows();
    write_process();
    return out_.take();
  }

 private:
  template <typename Value>
  void single(Kind kind, std::string_view name, std::string_view help, Value value) {
    out_.family(kind, name, help);
    out_.sample(value);
  }
  // One family, `samples` of it for each shadow.
  template <typename Samples>
  void per_shadow(Kind kind, std::string_view name, std::string_view help, Samples samples) {
    out_.family(kind, name, help);
    for (size_t i = 0; i < of_.shadows.size(); ++i) samples(of_.shadows[i].name, of_.counters_of(i));
    if (of_.removed_shadows > 0) samples(kRemoved, of_.removed);
  }
  template <typename Value>
  void of_identity(std::string_view name, std::string_view help, Value value) {
    out_.family(Kind::gauge, name, help);
    for (const ShadowIdentity& who : of_.shadows) out_.sample(uint64_t{value(who)}, {{"shadow", who.name}});
  }
  void write_umbra();
  void write_config();
  void write_sessions();
  void write_live();
  void write_shadows();
  void write_process();

  const Snapshot& of_;
  Exposition out_;
};

void Page::write_umbra() {
  out_.family(Kind::gauge, "umbra_build_info", "1, with the version of this build.");
  out_.sample(uint64_t{1}, {{"version", of_.version}});
  single(Kind::gauge, "umbra_workers", "Event loops.", uint64_t{of_.workers});
  single(Kind::gauge, "umbra_workers_answering", "Event loops that answered this scrape in time.",
         uint64_t{of_.workers_answered});
  single(Kind::gauge, "umbra_draining", "1 while umbra drains.", uint64_t{of_.state == State::draining});
  single(Kind::counter, "umbra_access_log_lost_total", "Lines of the access log that could not be written.",
         of_.total.access_log_lost);
}

void Page::write_config() {
  const Reloads& reloads = of_.reloads;
  single(Kind::gauge, "umbra_mirror_off", "1 while the kill switch keeps everything from being copied.",
         uint64_t{of_.mirror_off});
  out_.family(Kind::counter, "umbra_config_reloads_total", "Attempts to reload the configuration.");
  out_.sample(reloads.succeeded, {{"result", "success"}});
  out_.sample(reloads.failed, {{"result", "failure"}});
  single(Kind::gauge, "umbra_config_last_reload_success",
         "0 when the last reload changed nothing for errors.", uint64_t{reloads.last_succeeded});
  single(Kind::gauge, "umbra_config_last_reload_timestamp_seconds",
         "When the configuration in force was read, since 1970.", reloads.loaded_at_seconds);
}

void Page::write_sessions() {
  const SessionCounters& sessions = of_.total.sessions;
  single(Kind::gauge, "umbra_sessions_active", "Connections of clients that are open.",
         sessions.opened - sessions.closed);
  for (const auto& series : kSessionSeries)
    single(series.kind, series.name, series.help, sessions.*series.value);
  out_.family(Kind::counter, "umbra_opaque_total", "Sessions relayed on without being followed, by reason.");
  for (size_t i = 1; i < kOpaqueNames.size(); ++i) {  // 0 is "none"
    out_.sample(sessions.opaque[static_cast<Opaque>(i)], {{"reason", kOpaqueNames[i]}});
  }
  out_.family(Kind::counter, "umbra_bytes_total", "Bytes relayed.");
  out_.sample(sessions.bytes_from_clients, {{"direction", "from_clients"}});
  out_.sample(sessions.bytes_to_clients, {{"direction", "to_clients"}});
}

void Page::write_live() {
  const metrics::LiveCounters& live = of_.total.live;
  out_.family(Kind::counter, "umbra_requests_total",
              "Exchanges that ended, by class of status; none: not answered.");
  for (size_t i = 0; i < live.status.size(); ++i)
    out_.sample(live.status[i], {{"code", metrics::kStatusNames[i]}});
  single(Kind::gauge, "umbra_requests_inflight", "Exchanges under way.", live.exchanges - live.ended);
  out_.family(Kind::histogram, "umbra_request_duration_seconds",
              "From a request's first byte to its final answer's first and last byte.");
  out_.sample(live.first_byte, {{"leg", "first_byte"}});
  out_.sample(live.last_byte, {{"leg", "last_byte"}});
}

void Page::write_shadows() {
  of_identity("umbra_shadow_paused", "1 while the shadow is paused by a person or the configuration.",
              [](const ShadowIdentity& who) { return who.paused; });
  for (const auto& series : kShadowSeries) {
    per_shadow(series.kind, series.name, series.help,
               [&](std::string_view name, const ShadowCounters& counters) {
                 out_.sample(counters.*series.value, {{"shadow", name}});
               });
  }
  per_shadow(
      Kind::counter, "umbra_shadow_dropped_total", "Exchanges of which the shadow got no byte, by reason.",
      [&](std::string_view name, const ShadowCounters& counters) {
        for (size_t i = 0; i < kDropNames.size(); ++i) {
          out_.sample(counters.dropped[static_cast<Drop>(i)], {{"shadow", name}, {"reason", kDropNames[i]}});
        }
      });
  per_shadow(
      Kind::counter, "umbra_shadow_failed_total", "Copies that did not end with a whole answer, by reason.",
      [&](std::string_view name, const ShadowCounters& counters) {
        for (size_t i = 0; i < kFailNames.size(); ++i) {
          out_.sample(counters.failed[static_cast<Fail>(i)], {{"shadow", name}, {"reason", kFailNames[i]}});
        }
      });
  per_shadow(Kind::counter, "umbra_shadow_requests_total", "Answers of the shadow, by class of status.",
             [&](std::string_view name, const ShadowCounters& counters) {
               for (size_t i = 1; i < counters.status.size(); ++i) {
                 out_.sample(counters.status[i], {{"shadow", name}, {"code", metrics::kStatusNames[i]}});
               }
             });
  per_shadow(Kind::counter, "umbra_shadow_bytes_total", "Bytes exchanged with the shadow.",
             [&](std::string_view name, const ShadowCounters& counters) {
               out_.sample(counters.bytes_sent, {{"shadow", name}, {"direction", "sent"}});
               out_.sample(counters.bytes_received, {{"shadow", name}, {"direction", "received"}});
             });
  per_shadow(Kind::histogram, "umbra_shadow_request_duration_seconds",
             "From a copy's hand-over to a connection to its answer's first and last byte.",
             [&](std::string_view name, const ShadowCounters& counters) {
               out_.sample(counters.first_byte, {{"shadow", name}, {"leg", "first_byte"}});
               out_.sample(counters.last_byte, {{"shadow", name}, {"leg", "last_byte"}});
             });
}

void Page::write_process() {
  const ProcessFigures& process = of_.process;
  single(Kind::counter, "process_cpu_seconds_total", "CPU time, user and system.", process.cpu_seconds);
  single(Kind::gauge, "process_open_fds", "Open file descriptors.", process.open_fds);
  single(Kind::gauge, "process_max_fds", "Limit of open file descriptors.", process.max_fds);
  single(Kind::gauge, "process_virtual_memory_bytes", "Virtual memory.", process.virtual_bytes);
  single(Kind::gauge, "process_resident_memory_bytes", "Resident memory.", process.resident_bytes);
  single(Kind::gauge, "process_start_time_seconds", "When the process started, since 1970.",
         process.start_time_seconds);
}

}  // namespace

std::string metrics_page(const Snapshot& snapshot) { return Page(snapshot).write(); }

}  // namespace umbra::control
