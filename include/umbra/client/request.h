// Request: a request on its way over a client connection, with what its owner needs to know of it when it
// has been answered or lost.  StreamedBody: the rest of a body that is still coming in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "umbra/base/chunk.h"
#include "umbra/base/clock.h"
#include "umbra/base/ring.h"

namespace umbra::client {

class Connection;

// Shared by who feeds it and by the request.  The feeder appends to `waiting` and calls
// Connection::pull_body once a connection has taken the request.
struct StreamedBody {
  Ring<Slice> waiting;
  size_t charge = 0;    // bytes its owner accounts for: waiting here or in the connection
  size_t overhead = 0;  // what keeping them in parts costs besides
  uint64_t place = 0;   // of its request in the owner's queue
  bool ended = false;   // no more will come
  bool over = false;    // its request has been answered or lost: what still comes is dropped
  Connection* taker = nullptr;
  Nanos touched = 0;  // when bytes last moved
};

struct Request {
  Slice bytes;                         // the head, and the body if it is small and complete
  std::shared_ptr<StreamedBody> body;  // null: all is in `bytes`
  Nanos made = 0;
  Nanos handed = 0;      // to a connection
  Nanos first_byte = 0;  // of the final answer
  uint32_t charge = 0;   // bytes its owner accounts for
  bool head_method = false;
  bool safe = false;  // RFC 9110, section 9.2.1: may be sent again
  bool resent = false;
  bool wants_location = false;  // of a 3xx answer: see Answer
  uint8_t followed = 0;         // redirects that led to it
};

}  // namespace umbra::client
