// Whether a connection to one address would arrive at another: the way into a loop.
#pragma once

#include "umbra/net/address.h"

namespace umbra::net {

// Judged by what is written, without resolving: wildcards, loopback addresses and "localhost" are known,
// other names are only compared.
bool would_reach(const Address& target, const Address& listen);

}  // namespace umbra::net
