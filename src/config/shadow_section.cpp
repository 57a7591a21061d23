#include "umbra/config/shadow_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "umbra/config/shadow_flag.h"
#include "umbra/rules/body_mask.h"
#include "umbra/rules/program.h"

namespace umbra::config {
namespace {

// All that means anything to a shadow that gets bytes.
constexpr std::array<std::string_view, 6> kOfBytes{"name",        "url",     "paused",
                                                   "connections", "timeout", "connect_timeout"};

void refuse_rules_of_bytes(const Section& shadow) {
  for (const Key* key : keys_below("shadows[]")) {
    const std::string_view name = key->leaf();
    if (!shadow.has(name) || std::find(kOfBytes.begin(), kOfBytes.end(), name) != kOfBytes.end()) continue;
    shadow.complain(name,
                    "an http or https url beside it is expected: a tcp shadow gets bytes and no requests");
  }
}

void read_tls(const Section& shadow, mirror::ShadowOptions& options) {
  const Section tls = shadow.section("tls");
  if (!tls.present()) return;
  if (!options.tls) return shadow.complain("tls", "an https url beside it is expected");
  net::TlsOptions given = tls_of(tls);
  given.server_name = tls.text("server_name").value_or(options.tls->server_name);
  given.ca_file = tls.text("ca_file").value_or("");
  given.insecure = tls.boolean("insecure");
  if (given.insecure && tls.has("ca_file")) {
    tls.complain("insecure", "either ca_file or insecure is expected, not both");
  }
  options.tls = std::move(given);
}

void read_stop(const Section& shadow, mirror::ShadowOptions& options) {
  const Section given = shadow.section("stop_when");
  if (!given.present()) return;
  if (!given.has("errors") && !given.has("latency")) given.complain("errors or latency is expected");
  mirror::StopWhen stop;
  stop.error_share = given.percent("errors").value_or(0) / static_cast<double>(rules::kAll);
  stop.latency = given.duration("latency").value_or(0);
  stop.window = given.duration("window").value_or(stop.window);
  stop.at_least = given.number("at_least").value_or(stop.at_least);
  stop.resume_after = given.duration("resume_after").value_or(0);
  if (given.has("errors") && given.percent("errors") == 0U) {
    given.complain("errors", "a percentage above 0% is expected");
  }
  options.stop_when = stop;
}

void read_redirects(const Section& shadow, mirror::ShadowOptions& options) {
  const Section redirects = shadow.section("redirects");
  options.redirects = static_cast<unsigned>(redirects.number("max").value_or(0));
  options.redirect_hosts = redirects.texts("hosts");
  if (redirects.has("hosts") && options.redirects == 0) {
    redirects.complain("hosts", "max above 0 beside it is expected, without which no redirect is followed");
  }
}

void read_limits(const Section& shadow, mirror::ShadowOptions& options) {
  options.connections = shadow.number("connections");
  options.timeout = shadow.duration("timeout");
  options.connect_timeout = shadow.duration("connect_timeout");
  if (const auto pipeline = shadow.text("pipeline")) {
    options.pipeline = static_cast<unsigned>(shadow.number("pipeline").value_or(0));
  }
}

}  // namespace

net::TlsOptions tls_of(const Section& tls) {
  net::TlsOptions options;
  options.cert_file = tls.text("cert").value_or("");
  options.key_file = tls.text("key").value_or("");
  if (tls.text("min_version") == "1.3") options.min_version = net::TlsVersion::tls_1_3;
  if (tls.has("cert") && !tls.has("key"))
    tls.complain("cert", "key beside it is expected: the certificate's");
  if (tls.has("key") && !tls.has("cert"))
    tls.complain("key", "cert beside it is expected: the key's certificate");
  return options;
}

Result<void> check_rules(const rules::Options& rules) {
  if (const auto program = rules::Program::compile(rules); !program) return program.error();
  if (const auto mask = rules::BodyMask::compile(rules.body.mask); !mask) return mask.error();
  return {};
}

mirror::ShadowOptions shadow_of(const Section& shadow) {
  const auto url = shadow.text("url");
  if (!shadow.has("url")) shadow.complain("url is expected, such as http://10.0.0.7:5000");
  mirror::ShadowOptions options;
  if (url) {
    if (auto parsed = parse_shadow_url(*url)) options = std::move(*parsed);
  }
  options.name = shadow.text("name").value_or(options.name);
  options.paused = shadow.boolean("paused");
  options.marker = shadow.boolean("marker");
  options.rules = rules_of(shadow);
  if (url) read_tls(shadow, options);
  read_stop(shadow, options);
  read_redirects(shadow, options);
  read_limits(shadow, options);
  if (options.raw) refuse_rules_of_bytes(shadow);
  return options;
}

}  // namespace umbra::config
