#include "umbra/net/address_turns.h"

#include <algorithm>

namespace umbra::net {

std::vector<SocketAddress> AddressTurns::order(std::vector<SocketAddress> all, Nanos now) {
  if (all.size() < 2) return all;
  std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(turn_++ % all.size()), all.end());
  std::stable_partition(all.begin(), all.end(), [&](const SocketAddress& address) {
    return std::none_of(avoided_.begin(), avoided_.end(),
                        [&](const Avoided& one) { return one.address == address && now < one.until; });
  });
  return all;
}

void AddressTurns::report(const SocketAddress& address, bool connected, Nanos now) {
  std::erase_if(avoided_, [&](const Avoided& one) { return one.address == address || one.until <= now; });
  if (!connected) avoided_.push_back({address, now + kAvoid});
}

}  // namespace umbra::net
