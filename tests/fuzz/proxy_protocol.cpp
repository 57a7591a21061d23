// A PROXY header: the verdict does not depend on what follows it, no part of a sound one is sound or a fault,
// and what it says can be written and read again.
#include "umbra/relay/proxy_protocol.h"

#include "input.h"

namespace umbra::fuzz {
namespace {

using namespace umbra::relay;
using Verdict = ProxyRead::Verdict;

// In memory of just its size, so that the sanitizer sees a look past the end.
ProxyRead read(std::string_view bytes, ProxyProtocol accept) {
  const auto memory = std::make_unique<char[]>(bytes.size());
  bytes.copy(memory.get(), bytes.size());
  return read_proxy_header({memory.get(), bytes.size()}, accept);
}

void check_rewritten(const ProxyHeader& header) {
  for (const ProxyProtocol version : {ProxyProtocol::v1, ProxyProtocol::v2}) {
    const std::string written = write_proxy_header(version, header);
    const ProxyRead again = read(written, version);
    require(again.verdict == Verdict::complete && again.size == written.size(), "what is written is sound");
    // Addresses of two families cannot be said together.
    if (again.header.client.empty()) continue;
    require_equal(again.header.client, header.client, "the client");
    require_equal(again.header.server, header.server, "the server");
  }
}

void check(std::string_view bytes, ProxyProtocol accept) {
  const ProxyRead whole = read(bytes, accept);
  bool faulty = false;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const ProxyRead part = read(bytes.substr(0, size), accept);
    require(!faulty || part.verdict == Verdict::fault, "a fault stays one");
    faulty = part.verdict == Verdict::fault;
    if (part.verdict != Verdict::complete) continue;
    require(part.size <= size, "a header lies within its bytes");
    require(whole.verdict == Verdict::complete && whole.size == part.size, "what follows is not looked at");
  }
  require(!faulty || whole.verdict == Verdict::fault, "a fault stays one");
  if (whole.verdict != Verdict::complete) return;
  require(whole.size <= bytes.size() && whole.size <= kProxyHeaderMax, "a header has its bounds");
  require(read(bytes.substr(0, whole.size - 1), accept).verdict == Verdict::incomplete,
          "its last byte counts");
  check_rewritten(whole.header);
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  using umbra::relay::ProxyProtocol;
  Input input(data, size);
  constexpr ProxyProtocol kAccepted[] = {ProxyProtocol::v1, ProxyProtocol::v2, ProxyProtocol::any};
  const ProxyProtocol accept = kAccepted[input.choice() % 3];
  check(input.rest().substr(0, 1024), accept);
  return 0;
}
