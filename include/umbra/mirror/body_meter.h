// BodyMeter: a body's data against a shadow's max_body, as it comes.
#pragma once

#include "umbra/http/body_data.h"
#include "umbra/http/framing.h"

namespace umbra::mirror {

class BodyMeter {
 public:
  // `max` 0: no bound.
  BodyMeter(const http::Head& head, size_t max) : data_(head), max_(max) {}

  // At the beginning: whether the head announces too much, or the first part has it already.
  bool exceeded(const http::Head& head, std::string_view first_part) {
    if (max_ == 0) return false;
    const http::Framing framing = http::request_framing(head);
    if (framing.kind == http::Framing::Kind::length && framing.length > max_) return true;
    return !fits(first_part);
  }
  bool fits(std::string_view wire) {
    if (max_ == 0) return true;
    while (!wire.empty()) seen_ += data_.next(wire).size();
    return seen_ <= max_;
  }

 private:
  http::BodyData data_;
  size_t max_;
  uint64_t seen_ = 0;
};

}  // namespace umbra::mirror
