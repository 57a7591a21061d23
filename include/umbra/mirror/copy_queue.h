// CopyQueue: the copies of one shadow that wait for a connection, first in, first out.
//
// A streamed copy may leave from the middle (its client went away).  Its place stays, hollow and paid for,
// until it reaches the front, so that leaving costs the same however long the queue is.
#pragma once

#include "umbra/client/request.h"
#include "umbra/mirror/budget.h"

namespace umbra::mirror {

class CopyQueue {
 public:
  explicit CopyQueue(Budget& budget) : budget_(budget) {}

  bool empty() const noexcept { return places_.empty(); }
  size_t size() const noexcept { return places_.size() - hollow_; }
  client::Request& front() noexcept { return places_.front(); }

  void push(client::Request copy);
  client::Request pop();
  // The copy whose body this is; it must be waiting here.
  client::Request take_out(const client::StreamedBody& body);

  // What a copy's place and its chunk's own memory count for, in its charge.
  static constexpr uint32_t kPlaceCharge = sizeof(client::Request) + 64;

 private:
  void skip_hollow();

  Budget& budget_;
  Ring<client::Request> places_;  // the front one is never hollow
  size_t hollow_ = 0;
  uint64_t left_ = 0;  // how many have left from the front: places are counted from the first ever
};

}  // namespace umbra::mirror
