#include "umbra/http/body_data.h"

#include <algorithm>

#include "umbra/base/text.h"

namespace umbra::http {
std::string_view BodyData::next(std::string_view& wire) noexcept {
  while (!wire.empty()) {
    if (state_ == State::plain || state_ == State::data) {
      const size_t size = state_ == State::plain ? wire.size() : std::min<uint64_t>(left_, wire.size());
      const std::string_view run = wire.substr(0, size);
      wire.remove_prefix(size);
      if (state_ == State::data && (left_ -= size) == 0) state_ = State::data_end;
      return run;
    }
    const char c = wire.front();
    if (state_ == State::trailers) {
      wire = {};
      break;
    }
    wire.remove_prefix(1);
    if (state_ == State::size) {
      if (const int digit = hex_digit(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        continue;
      }
      state_ = State::extension;  // its first byte may be the CR already
    } else if (c == '\n') {
      if (state_ == State::data_end) {
        state_ = State::size;
      } else {
        state_ = left_ == 0 ? State::trailers : State::data;
      }
    }
  }
  return {};
}

}  // namespace umbra::http
