// The isolation suite's faults behind TLS: every fault of an https shadow, with every kind of request, one
// after the other on one umbra.  What a client and the app see is what they see without umbra; memory comes
// back; every copy is accounted for.
#include <gtest/gtest.h>

#include "integration/arena.h"
#include "support/certificates.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/tls_front.h"

namespace umbra::integration {
namespace {

using support::CertificateAuthority;
using support::eventually;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestFolder;
using support::TlsFront;

class TlsIsolation : public ::testing::TestWithParam<Fault> {
 protected:
  config::ProxyOptions options() const {
    auto made = support::proxy_options(app.address(), {front.address()});
    made.mirror.shadows[0].tls = net::TlsOptions{.server_name = "localhost", .ca_file = root.file()};
    made.mirror.memory = Arena::kMemory;
    made.mirror.timeout = Arena::kTimeout;
    return made;
  }

  TestFolder folder;
  CertificateAuthority root{folder, "root"};
  ScriptedOrigin app{support::serve_http};
  ScriptedOrigin bad{GetParam().script, {GetParam().receive_buffer, true, 64 * 1024}};
  TlsFront front{bad.port(), root.issue("shadow")};
};

TEST_P(TlsIsolation, HoldsWithEveryKind) {
  RunningProxy umbra(options());
  Watcher watcher(umbra);
  for (const Kind& kind : kinds()) {
    const size_t connection = app.connections();
    Heard heard = kind.talk(umbra.port(), app);
    app.wait_for_connections(connection + 1);
    app.wait_until_over();
    EXPECT_EQ(difference({std::move(heard), app.record(connection)}, without_umbra(kind)), "") << kind.name;
  }
  EXPECT_TRUE(eventually([&] { return umbra.shadow().in_flight == 0; }));
  const auto counters = umbra.shadow();
  EXPECT_GT(counters.seen, 0u);
  EXPECT_EQ(counters.seen, counters.accounted()) << outcomes(counters);
  EXPECT_EQ(counters.held_bytes, 0u) << outcomes(counters);
  EXPECT_EQ(counters.failed[Fail::tls], 0u) << "the certificate is good: " << outcomes(counters);
  EXPECT_GT(front.handshakes(), 0u);
  EXPECT_EQ(watcher.stop(), "");
}

std::vector<Fault> of_connected_shadows() {
  std::vector<Fault> some;
  for (const Fault& fault : faults()) {
    if (fault.where == Fault::Where::connected) some.push_back(fault);
  }
  return some;
}

INSTANTIATE_TEST_SUITE_P(, TlsIsolation, ::testing::ValuesIn(of_connected_shadows()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace umbra::integration
