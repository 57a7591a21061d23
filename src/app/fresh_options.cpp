#include "umbra/app/fresh_options.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "umbra/config/resolve.h"
#include "umbra/mirror/compile.h"
#include "umbra/mirror/redirect.h"
#include "umbra/net/tls_context.h"

namespace umbra::app {
namespace {

void try_tls(const net::TlsOptions& tls, net::TlsSide side, const std::string& whose, FreshOptions& fresh) {
  const auto tried = net::check_tls(tls, side);
  if (!tried) {
    fresh.problems.push_back(fmt::format("{}: {}", whose, tried.error().detail));
  } else if (!tried->empty()) {
    fresh.warnings.push_back(fmt::format("{}: {}", whose, *tried));
  }
}

// To tell a reload that brings another certificate from one that does not.
uint64_t hash_of(const config::FileText& file) {
  return file && *file ? std::hash<std::string>()(**file) : 0;
}

void make_ready(mirror::ShadowOptions& shadow, FreshOptions& fresh) {
  const std::string whose = fmt::format("shadow '{}'", shadow.name);
  if (const auto compiled = mirror::compile_rules(shadow); !compiled) {
    fresh.problems.push_back(fmt::format("{}: {}", whose, compiled.error().detail));
  }
  if (shadow.redirect_hosts.size() > mirror::kRedirectHostsMax) {
    fresh.problems.push_back(
        fmt::format("{}: redirects.hosts: at most {} are expected", whose, mirror::kRedirectHostsMax));
  }
  if (shadow.tls) try_tls(*shadow.tls, net::TlsSide::client, whose, fresh);
}

}  // namespace

FreshOptions fresh_options(const config::ProxyFlags& flags, const config::Surroundings& surroundings) {
  config::Resolved resolved = config::resolve(flags, surroundings);
  FreshOptions fresh;
  for (const config::Problem& problem : resolved.problems) fresh.problems.push_back(problem.text());
  for (const config::Problem& warning : resolved.warnings) fresh.warnings.push_back(warning.text());
  if (!fresh.problems.empty()) return fresh;
  std::vector<net::Address>& own = resolved.options.mirror.own;
  own = resolved.options.listen;
  own.insert(own.end(), resolved.options.admin.begin(), resolved.options.admin.end());
  own.push_back(resolved.options.relay.app);
  for (mirror::ShadowOptions& shadow : resolved.options.mirror.shadows) make_ready(shadow, fresh);
  if (const auto& tls = resolved.options.tls) {
    try_tls(*tls, net::TlsSide::server, "tls", fresh);
    resolved.options.certificate_hash = hash_of(surroundings.file(tls->cert_file));
  }
  if (fresh.problems.empty()) fresh.options = std::move(resolved.options);
  return fresh;
}

}  // namespace umbra::app
