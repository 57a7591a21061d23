// ChunkedReader: finds the end of a chunked body (RFC 9112, section 7.1), strictly: sizes of up to 15 hex
// digits, CR LF everywhere, bounded extensions and trailers, no framing fields among the trailers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "umbra/base/reason.h"
#include "umbra/http/parser.h"

namespace umbra::http {

class ChunkedReader {
 public:
  struct Taken {
    size_t size = 0;    // bytes of the body among those given
    bool last = false;  // the body ends with them
    Opaque fault = Opaque::none;
  };
  Taken read(std::string_view bytes);

  static constexpr size_t kExtensionsMax = 4 * 1024;  // a chunk's
  static constexpr size_t kTrailersMax = 16 * 1024;

 private:
  enum class State : uint8_t { size_first, size, extension, size_lf, data, data_cr, data_lf, trailers, done };
  bool step(char c);
  bool end_trailer_line();

  State state_ = State::size_first;
  uint8_t digits_ = 0;
  Opaque fault_ = Opaque::none;
  uint64_t left_ = 0;
  size_t extension_bytes_ = 0;
  size_t trailer_bytes_ = 0;
  std::string line_;  // the trailer line under way
  ChunkedCheck second_;
  bool agreed_ = true;
};

}  // namespace umbra::http
