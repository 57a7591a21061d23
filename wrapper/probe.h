// Whether somebody accepts connections at an address.
#pragma once

#include <vector>

#include "umbra/net/address.h"

namespace umbra::wrapper {

// Connects and closes at once; waits some milliseconds where the answer is not there at once.  Only literal
// addresses and unix sockets: names never answer.
bool accepts(const net::Address& address);

}  // namespace umbra::wrapper
