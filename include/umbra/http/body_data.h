// BodyData: the data of a body whose bytes are given as framed on the wire, part by part: without chunk
// sizes, extensions and trailers.  Its framing has been read as sound before (MessageReader); this one checks
// nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "umbra/http/head.h"

namespace umbra::http {

class BodyData {
 public:
  explicit BodyData(bool chunked) : state_(chunked ? State::size : State::plain) {}
  explicit BodyData(const Head& head) : BodyData(head.has(Name::transfer_encoding)) {}

  // Takes one run of data from the front of `wire`; empty when there is none left.
  std::string_view next(std::string_view& wire) noexcept;

 private:
  enum class State : uint8_t { plain, size, extension, data, data_end, trailers };

  State state_;
  uint64_t left_ = 0;  // of the chunk
};

}  // namespace umbra::http
