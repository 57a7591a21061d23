// serve_http: the script of a healthy HTTP/1.1 server.
//
// Keep-alive and pipelining, HEAD, `Expect: 100-continue`, bodies of either framing; `Upgrade: websocket` is
// accepted and what follows is echoed.  Targets that begin with /chunked are answered in chunks.
#pragma once

#include <string>
#include <string_view>

#include "support/scripted_origin.h"

namespace umbra::support {

// Plays until the client has ended or asked for the end.
void serve_http(OriginConnection& connection);

// Its answer to a whole request: the body names the method and the target and carries a hash of every byte of
// the request, so that an answer tells what arrived.
std::string http_answer(std::string_view request);

uint64_t hash_of(std::string_view bytes);  // FNV-1a, of eight bytes at a time

}  // namespace umbra::support
