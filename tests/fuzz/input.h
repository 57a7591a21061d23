// What all fuzz targets share: how an input is divided, how bytes are cut, how a broken property ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::fuzz {

// An input's first bytes choose, the rest is data.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  uint8_t choice() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  // Up to seven sizes of pieces, used in turn.
  std::vector<size_t> steps() {
    std::vector<size_t> all(choice() % 8);
    for (size_t& step : all) step = 1 + choice();
    return all;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// Calls `take` with one piece of `bytes` after the other, each in memory of its own of just that size, so
// that the sanitizer sees a look at what is not there, or not there any more.  No steps: all at once.
template <typename Take>
void feed(std::string_view bytes, const std::vector<size_t>& steps, Take take) {
  for (size_t i = 0; !bytes.empty(); ++i) {
    const std::string_view piece = steps.empty() ? bytes : bytes.substr(0, steps[i % steps.size()]);
    const auto memory = std::make_unique<char[]>(piece.size());
    piece.copy(memory.get(), piece.size());
    take(std::string_view(memory.get(), piece.size()));
    bytes.remove_prefix(piece.size());
  }
}

inline void require(bool holds, const char* what, std::string_view one = {}, std::string_view other = {}) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n--- one\n%.*s\n--- other\n%.*s\n", what,
               static_cast<int>(one.size()), one.data(), static_cast<int>(other.size()), other.data());
  std::abort();
}

inline void require_equal(std::string_view one, std::string_view other, const char* what) {
  require(one == other, what, one, other);
}

}  // namespace umbra::fuzz
