#include "umbra/mirror/copy_queue.h"

#include <utility>

namespace umbra::mirror {
namespace {

bool hollow(const client::Request& copy) noexcept { return !copy.bytes.chunk; }

}  // namespace

void CopyQueue::push(client::Request copy) {
  if (copy.body) copy.body->place = left_ + places_.size();
  places_.push(std::move(copy));
}

client::Request CopyQueue::pop() {
  client::Request copy = places_.pop();
  ++left_;
  skip_hollow();
  return copy;
}

client::Request CopyQueue::take_out(const client::StreamedBody& body) {
  client::Request& place = places_[static_cast<size_t>(body.place - left_)];
  client::Request copy = std::exchange(place, client::Request());
  copy.charge -= kPlaceCharge;
  place.charge = kPlaceCharge;
  ++hollow_;
  skip_hollow();
  return copy;
}

void CopyQueue::skip_hollow() {
  while (!places_.empty() && hollow(places_.front())) {
    budget_.give_back(places_.pop().charge);
    ++left_;
    --hollow_;
  }
}

}  // namespace umbra::mirror
