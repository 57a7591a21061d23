#include "umbra/rules/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "umbra/base/check.h"
#include "umbra/base/text.h"

namespace umbra::rules {
namespace {

using Outcome = Unpacked::Outcome;

// What inflateInit2 calls window bits: which format is expected, with a window of any size.
constexpr int kZlib = MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;
constexpr int kNoHeader = -MAX_WBITS;

class Inflater {
 public:
  Inflater(std::string_view body, int format) {
    // zlib reads through a pointer to what is not const, and never writes there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    UMBRA_CHECK(inflateInit2(&stream_, format) == Z_OK);
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Unpacked run(size_t most) {
    Unpacked result{Outcome::unpacked, {}};
    for (int code = Z_OK; code != Z_STREAM_END;) {
      stream_.next_out = piece_.data();
      stream_.avail_out = static_cast<uInt>(piece_.size());
      code = inflate(&stream_, Z_NO_FLUSH);
      const size_t made = piece_.size() - stream_.avail_out;
      // Z_BUF_ERROR, no progress, is how zlib says that the body is cut short.
      if (code != Z_OK && code != Z_STREAM_END) return {Outcome::cannot_read, {}};
      if (made > most - result.body.size()) return {Outcome::too_large, {}};
      result.body.append(reinterpret_cast<const char*>(piece_.data()), made);
    }
    if (stream_.avail_in > 0) return {Outcome::cannot_read, {}};
    return result;
  }

 private:
  z_stream stream_{};
  std::array<Bytef, 16 * 1024> piece_;
};

// RFC 1950, section 2.2: deflate in the low bits of the first byte, and both a multiple of 31.
bool has_zlib_header(std::string_view body) {
  if (body.size() < 2) return false;
  const unsigned first = static_cast<unsigned char>(body[0]);
  const unsigned second = static_cast<unsigned char>(body[1]);
  return (first & 15) == Z_DEFLATED && (first * 256 + second) % 31 == 0;
}

}  // namespace

Unpacked unpack(std::string_view body, std::string_view coding, size_t most) {
  coding = trim_blanks(coding);
  if (coding.empty() || equals_ignoring_case(coding, "identity")) return {};
  const bool gzip = equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip");
  if (!gzip && !equals_ignoring_case(coding, "deflate")) return {Outcome::cannot_read, {}};
  if (body.size() > std::numeric_limits<uInt>::max()) return {Outcome::too_large, {}};
  return Inflater(body, gzip ? kGzip : has_zlib_header(body) ? kZlib : kNoHeader).run(most);
}

}  // namespace umbra::rules
