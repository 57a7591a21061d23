#include "umbra/mirror/pool_options.h"

#include <algorithm>

#include "umbra/net/tls_context.h"

namespace umbra::mirror {
namespace {

// The start has found one that cannot be made; files may have gone since.
std::shared_ptr<net::TlsContext> tls_of(const ShadowOptions& shadow, Log& log) {
  if (!shadow.tls) return nullptr;
  auto made = net::TlsContext::make(*shadow.tls, net::TlsSide::client);
  if (made) return *made;
  log.error("shadow has no TLS; its copies fail", {{"shadow", shadow.name}, {"reason", made.error().detail}});
  return net::TlsContext::unusable(made.error());
}

}  // namespace

client::PoolOptions pool_options_of(const ShadowOptions& shadow, const Options& all, unsigned workers, Log& log) {
  const size_t connections = shadow.connections.value_or(all.connections);
  return {std::max<size_t>(1, connections / workers), shadow.connect_timeout.value_or(all.connect_timeout),
          tls_of(shadow, log)};
}

}  // namespace umbra::mirror
