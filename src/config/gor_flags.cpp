#include "umbra/config/gor_flags.h"

#include <algorithm>
#include <array>

namespace umbra::config {
namespace {

using Flag = GorFlag;
using Type = GorFlag::Type;
using Class = GorFlag::Class;

constexpr std::string_view kOwnListener = "umbra gets the requests from its own listener";
constexpr std::string_view kNoCapture =
    "umbra gets the requests from its own listener and captures no packets";
constexpr std::string_view kHttpOnly = "of gor's outputs umbra feeds --output-http alone";
constexpr std::string_view kNoFiles = "umbra proxy neither records nor replays";
constexpr std::string_view kNoProfiler = "umbra has no profiler inside";
constexpr std::string_view kMetrics = "what became of each copy stands in /metrics and /status";
constexpr std::string_view kNeverStops = "umbra runs as long as the application";
constexpr std::string_view kPool = "umbra opens connections as they are needed";
constexpr std::string_view kQueue = "umbra bounds what waits in bytes (--shadow-memory) and never blocks";
constexpr std::string_view kAnswers = "umbra measures answers and discards them as they come";
constexpr std::string_view kOneClient = "umbra has one HTTP client";
constexpr std::string_view kLogLevel = "umbra never logs what copies hold";
constexpr std::string_view kAsReceived = "umbra copies a body as it was received";
constexpr std::string_view kNoMiddleware = "umbra starts no other program; its rules edit copies";
constexpr std::string_view kSampleBy = "umbra samples by session with --http-header-limiter";

constexpr std::array kFlags{
    Flag{"copy-buffer-size", Type::size, Class::a, "", "v1.0-rc2", "", ""},
    Flag{"cpuprofile", Type::text, Class::a, "", "v0.8.1", "", kNoProfiler},
    Flag{"debug", Type::boolean, Class::a, "", "0.9.7", "v1.1.0", ""},
    Flag{"exit-after", Type::duration, Class::a, "", "v0.15.0", "", kNeverStops},
    Flag{"http-allow-header", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-allow-method", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-allow-url", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-basic-auth-filter", Type::list, Class::a, "", "v1.0-rc2", "", ""},
    Flag{"http-diallow-url", Type::list, Class::a, "http-disallow-url", "0.9.6", "0.10.0", ""},
    Flag{"http-disallow-header", Type::list, Class::a, "", "0.9.8", "", ""},
    Flag{"http-disallow-url", Type::list, Class::a, "", "v0.10.1", "", ""},
    Flag{"http-header-limiter", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-original-host", Type::boolean, Class::a, "", "0.9.8", "", ""},
    Flag{"http-param-limiter", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-pprof", Type::text, Class::a, "", "v1.0-rc2", "", kNoProfiler},
    Flag{"http-rewrite-header", Type::list, Class::a, "", "v0.16.1", "", ""},
    Flag{"http-rewrite-url", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-set-header", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"http-set-param", Type::list, Class::a, "", "0.9.6", "", ""},
    Flag{"input-dummy", Type::list, Class::b, "", "0.7.0", "", kOwnListener},
    Flag{"input-file", Type::list, Class::b, "", "0.7.0", "", kNoFiles},
    Flag{"input-file-dry-run", Type::boolean, Class::b, "", "v1.3.0", "", kNoFiles},
    Flag{"input-file-loop", Type::boolean, Class::b, "", "v0.14.0", "", kNoFiles},
    Flag{"input-file-max-wait", Type::duration, Class::b, "", "v1.3.0", "", kNoFiles},
    Flag{"input-file-read-depth", Type::integer, Class::b, "", "v1.3.0", "", kNoFiles},
    Flag{"input-http", Type::list, Class::a, "", "0.9.2", "v0.14.1", kOwnListener},
    Flag{"input-kafka-host", Type::text, Class::b, "", "v0.16.0", "", kHttpOnly},
    Flag{"input-kafka-json-format", Type::boolean, Class::b, "", "v0.16.0", "", kHttpOnly},
    Flag{"input-kafka-mechanism", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"input-kafka-offset", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"input-kafka-password", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"input-kafka-topic", Type::text, Class::b, "", "v0.16.0", "", kHttpOnly},
    Flag{"input-kafka-use-sasl", Type::boolean, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"input-kafka-username", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"input-raw", Type::list, Class::c, "", "0.7.0", "", kNoCapture},
    Flag{"input-raw-allow-incomplete", Type::boolean, Class::c, "", "v1.3.0_RC6", "", kNoCapture},
    Flag{"input-raw-bpf-filter", Type::text, Class::c, "", "v1.0-rc2", "", kNoCapture},
    Flag{"input-raw-buffer-size", Type::size, Class::c, "", "v1.0-rc2", "", kNoCapture},
    Flag{"input-raw-buffer-timeout", Type::duration, Class::c, "", "v1.2.0", "", kNoCapture},
    Flag{"input-raw-engine", Type::text, Class::c, "", "v0.11.0", "", kNoCapture},
    Flag{"input-raw-expire", Type::duration, Class::c, "", "v0.16.0", "", kNoCapture},
    Flag{"input-raw-ignore-interface", Type::list, Class::c, "", "HEAD", "", kNoCapture},
    Flag{"input-raw-immediate-mode", Type::boolean, Class::c, "", "v1.0-rc2", "v1.1.0", kNoCapture},
    Flag{"input-raw-monitor", Type::boolean, Class::c, "", "v1.2.0", "", kNoCapture},
    Flag{"input-raw-override-snaplen", Type::boolean, Class::c, "", "v1.0-rc2", "", kNoCapture},
    Flag{"input-raw-promisc", Type::boolean, Class::c, "", "v1.2.0", "", kNoCapture},
    Flag{"input-raw-protocol", Type::text, Class::c, "", "v1.1.0", "", kNoCapture},
    Flag{"input-raw-realip-header", Type::text, Class::c, "", "v0.14.0", "", kNoCapture},
    Flag{"input-raw-stats", Type::boolean, Class::c, "", "v1.2.0", "", kNoCapture},
    Flag{"input-raw-timestamp-type", Type::text, Class::c, "", "v1.0-rc2", "", kNoCapture},
    Flag{"input-raw-track-response", Type::boolean, Class::c, "", "v0.13.0", "", kNoCapture},
    Flag{"input-raw-vlan", Type::boolean, Class::c, "", "HEAD", "", kNoCapture},
    Flag{"input-raw-vlan-vid", Type::list, Class::c, "", "HEAD", "", kNoCapture},
    Flag{"input-raw-vxlan-port", Type::integer, Class::c, "", "HEAD", "", kNoCapture},
    Flag{"input-raw-vxlan-vni", Type::list, Class::c, "", "HEAD", "", kNoCapture},
    Flag{"input-tcp", Type::list, Class::b, "", "0.7.0", "", kHttpOnly},
    Flag{"input-tcp-certificate", Type::text, Class::b, "", "v0.16.1", "", kHttpOnly},
    Flag{"input-tcp-certificate-key", Type::text, Class::b, "", "v0.16.1", "", kHttpOnly},
    Flag{"input-tcp-secure", Type::boolean, Class::b, "", "v0.16.1", "", kHttpOnly},
    Flag{"kafka-tls-ca-cert", Type::text, Class::b, "", "v1.2.0", "", kHttpOnly},
    Flag{"kafka-tls-client-cert", Type::text, Class::b, "", "v1.2.0", "", kHttpOnly},
    Flag{"kafka-tls-client-key", Type::text, Class::b, "", "v1.2.0", "", kHttpOnly},
    Flag{"memprofile", Type::text, Class::a, "", "v0.8.1", "", kNoProfiler},
    Flag{"middleware", Type::text, Class::b, "", "0.10.0", "", kNoMiddleware},
    Flag{"output-binary", Type::list, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-binary-debug", Type::boolean, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-binary-timeout", Type::duration, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-binary-track-response", Type::boolean, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-binary-workers", Type::integer, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-dummy", Type::list, Class::b, "output-stdout", "0.7.0", "v1.2.0", kNoFiles},
    Flag{"output-file", Type::list, Class::b, "", "0.7.0", "", kNoFiles},
    Flag{"output-file-append", Type::boolean, Class::b, "", "v0.14.0", "", kNoFiles},
    Flag{"output-file-buffer", Type::text, Class::b, "", "v1.1.0", "", kNoFiles},
    Flag{"output-file-flush-interval", Type::duration, Class::b, "", "v0.14.0", "", kNoFiles},
    Flag{"output-file-max-size-limit", Type::size, Class::b, "", "v1.0-rc2", "", kNoFiles},
    Flag{"output-file-queue-limit", Type::integer, Class::b, "", "v0.14.0", "", kNoFiles},
    Flag{"output-file-size-limit", Type::size, Class::b, "", "v0.14.0", "", kNoFiles},
    Flag{"output-http", Type::list, Class::a, "", "0.7.0", "", ""},
    Flag{"output-http-compatibility-mode", Type::boolean, Class::a, "", "v1.0.0", "v1.2.0", kOneClient},
    Flag{"output-http-debug", Type::boolean, Class::a, "", "v0.11.0", "v1.2.0", kLogLevel},
    Flag{"output-http-elasticsearch", Type::text, Class::b, "", "0.7.0", "", kMetrics},
    Flag{"output-http-header", Type::list, Class::a, "http-set-header", "0.7.0", "v1.2.0", ""},
    Flag{"output-http-header-filter", Type::list, Class::a, "http-allow-header", "0.9.0", "v1.2.0", ""},
    Flag{"output-http-header-hash-filter", Type::list, Class::a, "http-header-limiter", "0.9.0", "v1.2.0",
         ""},
    Flag{"output-http-method", Type::list, Class::a, "http-allow-method", "0.7.5", "v1.1.0", ""},
    Flag{"output-http-queue-len", Type::integer, Class::a, "", "v1.0-rc2", "", kQueue},
    Flag{"output-http-redirects", Type::integer, Class::a, "", "0.9.4", "", ""},
    Flag{"output-http-response-buffer", Type::size, Class::a, "", "v0.13.0", "", kAnswers},
    Flag{"output-http-rewrite-url", Type::list, Class::a, "http-rewrite-url", "0.9.0", "v1.2.0", ""},
    Flag{"output-http-skip-verify", Type::boolean, Class::a, "", "v1.3.0_RC1", "", ""},
    Flag{"output-http-stats", Type::boolean, Class::a, "", "0.9.0", "", kMetrics},
    Flag{"output-http-stats-ms", Type::integer, Class::a, "", "v1.0-rc2", "", kMetrics},
    Flag{"output-http-timeout", Type::duration, Class::a, "", "0.9.8", "", ""},
    Flag{"output-http-track-response", Type::boolean, Class::b, "", "v0.16.0", "", kAnswers},
    Flag{"output-http-url-regexp", Type::list, Class::a, "http-allow-url", "0.9.0", "v1.1.0", ""},
    Flag{"output-http-worker-timeout", Type::duration, Class::a, "", "v1.3.0_RC1", "", kPool},
    Flag{"output-http-workers", Type::integer, Class::a, "", "0.9.0", "", ""},
    Flag{"output-http-workers-min", Type::integer, Class::a, "", "v1.0-rc2", "", kPool},
    Flag{"output-kafka-host", Type::text, Class::b, "", "v0.16.0", "", kHttpOnly},
    Flag{"output-kafka-json-format", Type::boolean, Class::b, "", "v0.16.0", "", kHttpOnly},
    Flag{"output-kafka-mechanism", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-kafka-password", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-kafka-topic", Type::text, Class::b, "", "v0.16.0", "", kHttpOnly},
    Flag{"output-kafka-use-sasl", Type::boolean, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-kafka-username", Type::text, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-null", Type::boolean, Class::b, "", "v0.15.0", "", kNoFiles},
    Flag{"output-stdout", Type::boolean, Class::b, "", "v0.13.0", "", kNoFiles},
    Flag{"output-tcp", Type::list, Class::b, "", "0.7.0", "", kHttpOnly},
    Flag{"output-tcp-response-buffer", Type::size, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-tcp-secure", Type::boolean, Class::b, "", "v0.16.1", "", kHttpOnly},
    Flag{"output-tcp-skip-verify", Type::boolean, Class::b, "", "v1.3.0_RC1", "", kHttpOnly},
    Flag{"output-tcp-stats", Type::boolean, Class::b, "", "0.9.0", "", kHttpOnly},
    Flag{"output-tcp-sticky", Type::boolean, Class::b, "", "v1.1.0", "", kHttpOnly},
    Flag{"output-tcp-workers", Type::integer, Class::b, "", "v1.3.0_RC1", "", kHttpOnly},
    Flag{"output-ws", Type::list, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-ws-skip-verify", Type::boolean, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-ws-stats", Type::boolean, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-ws-sticky", Type::boolean, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"output-ws-workers", Type::integer, Class::b, "", "HEAD", "", kHttpOnly},
    Flag{"prettify-http", Type::boolean, Class::b, "", "v0.16.0", "", kAsReceived},
    Flag{"recognize-tcp-sessions", Type::boolean, Class::b, "", "v1.1.0", "", kSampleBy},
    Flag{"split-output", Type::boolean, Class::a, "", "0.7.0", "", ""},
    Flag{"stats", Type::boolean, Class::a, "", "v0.8.4", "", kMetrics},
    Flag{"verbose", Type::level, Class::a, "", "0.7.0", "", ""},
};

}  // namespace

std::span<const GorFlag> gor_flags() noexcept { return kFlags; }

const GorFlag* find_gor_flag(std::string_view name) noexcept {
  const auto found =
      std::find_if(kFlags.begin(), kFlags.end(), [&](const Flag& f) { return f.name == name; });
  return found == kFlags.end() ? nullptr : &*found;
}

}  // namespace umbra::config
