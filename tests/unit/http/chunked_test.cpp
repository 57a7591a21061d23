#include "umbra/http/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::http {
namespace {

// How a body reads in pieces of `step` bytes: the bytes that are its own, and the verdict.
struct Outcome {
  size_t size = 0;
  bool last = false;
  Opaque fault = Opaque::none;
};

Outcome read_in_steps(std::string_view bytes, size_t step) {
  ChunkedReader reader;
  Outcome outcome;
  while (!bytes.empty() && !outcome.last) {
    const std::string_view piece = bytes.substr(0, step);
    const auto taken = reader.read(piece);
    outcome.fault = taken.fault;
    if (taken.fault != Opaque::none) return outcome;
    outcome.size += taken.size;
    outcome.last = taken.last;
    EXPECT_TRUE(taken.last || taken.size == piece.size()) << "only an end leaves bytes";
    bytes.remove_prefix(taken.size);
  }
  return outcome;
}

struct Row {
  std::string bytes;
  size_t size;  // of the body; 0: a fault, whose name may be llhttp's disagreement: versions differ
  const char* why;
};

void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Outcome whole = read_in_steps(row.bytes, row.bytes.size());
    if (row.size > 0) {
      EXPECT_EQ(name_of(whole.fault), "none") << row.why;
      EXPECT_TRUE(whole.last) << row.why;
      EXPECT_EQ(whole.size, row.size) << row.why;
    } else {
      EXPECT_NE(name_of(whole.fault), "none") << row.why;
    }
    for (size_t step = 1; step < row.bytes.size() && step < 40; ++step) {
      const Outcome outcome = read_in_steps(row.bytes, step);
      EXPECT_EQ(name_of(outcome.fault), name_of(whole.fault)) << row.why << ", in steps of " << step;
      EXPECT_EQ(outcome.last, whole.last) << row.why << ", in steps of " << step;
      if (row.size > 0) {
        EXPECT_EQ(outcome.size, whole.size) << row.why << ", in steps of " << step;
      }
    }
  }
}

TEST(Chunked, SoundBodies) {
  expect_rows({
      {"0\r\n\r\n", 5, "nothing"},
      {"5\r\nhello\r\n0\r\n\r\n", 15, "one chunk"},
      {"5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1", 15, "what follows is not its own"},
      {"1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n", 26, "two chunks"},
      {"1\r\na\r\na\r\n0123456789\r\n0\r\n\r\n", 26, "lower case size"},
      {"0000005\r\nhello\r\n0000\r\n\r\n", 24, "zeros before sizes"},
      {"5;a=b\r\nhello\r\n0;last\r\n\r\n", 24, "extensions"},
      {"5;a=\"b c\"\r\nhello\r\n0\r\n\r\n", 23, "a quoted extension"},
      {"2\r\n\r\n\r\n0\r\n\r\n", 12, "data that looks like line ends"},
      {"5\r\n0\r\n\r\n\r\n0\r\n\r\n", 15, "data that looks like the end"},
      {"0\r\nX-A: 1\r\nX-B:\r\n\r\n", 19, "trailers"},
  });
}

TEST(Chunked, BrokenBodies) {
  expect_rows({
      {"\r\n", 0, "no size"},
      {"g\r\n", 0, "no hexadecimal digit"},
      {"-1\r\n", 0, "a sign"},
      {"+1\r\na\r\n0\r\n\r\n", 0, "a sign"},
      {"0x5\r\nhello\r\n0\r\n\r\n", 0, "a prefix"},
      {" 5\r\nhello\r\n0\r\n\r\n", 0, "a space before the size"},
      {"5 \r\nhello\r\n0\r\n\r\n", 0, "a space behind the size"},
      {"5\nhello\r\n0\r\n\r\n", 0, "LF alone behind the size"},
      {"5\rhello\r\n0\r\n\r\n", 0, "CR alone behind the size"},
      {"5\r\nhello0\r\n\r\n", 0, "no line end behind the data"},
      {"5\r\nhello\n0\r\n\r\n", 0, "LF alone behind the data"},
      {"5\r\nhello\r0\r\n\r\n", 0, "CR alone behind the data"},
      {"FFFFFFFFFFFFFFFF\r\n", 0, "sixteen digits"},
      {"00000000000000005\r\nhello\r\n0\r\n\r\n", 0, "seventeen digits, though small"},
      {"FFFFFFFFFFFFFFFF1\r\n", 0, "would overflow to something small"},
      {"5;a\nhello\r\n0\r\n\r\n", 0, "LF alone behind an extension (CVE-2024-27982's kind)"},
      {"5;\x01\r\nhello\r\n0\r\n\r\n", 0, "a control byte in an extension"},
      {"5;\x7f\r\nhello\r\n0\r\n\r\n", 0, "DEL in an extension"},
  });
}

TEST(Chunked, BrokenTrailers) {
  expect_rows({
      {"0\r\nX-A: 1\n\r\n", 0, "LF alone"},
      {"0\r\nX-A: 1\rB: 2\r\n\r\n", 0, "CR alone"},
      {"0\r\n X-A: 1\r\n\r\n", 0, "obs-fold"},
      {"0\r\nX-A : 1\r\n\r\n", 0, "a space before the colon"},
      {"0\r\nX-A\r\n\r\n", 0, "no colon"},
      {"0\r\n\n", 0, "LF alone for the empty line"},
      {"0\r\nContent-Length: 5\r\n\r\n", 0, "a framing field: never takes effect, some take it"},
      {"0\r\ntransfer-encoding: chunked\r\n\r\n", 0, "a framing field"},
      {"0\r\nHOST: b\r\n\r\n", 0, "a routing field"},
  });
}

TEST(Chunked, BoundsOfExtensionsAndTrailers) {
  const std::string most(ChunkedReader::kExtensionsMax - 1, 'e');
  expect_rows({
      {"0;" + most + "\r\n\r\n", most.size() + 6, "as long as may be"},
      {"0;" + most + "xx\r\n\r\n", 0, "longer"},
      {"0\r\n" + std::string("X: ") + std::string(ChunkedReader::kTrailersMax, 't') + "\r\n\r\n", 0,
       "one endless trailer"},
  });
  // A chunk's extensions are bounded, not those of all chunks together: long uploads may sign each one.
  std::string many;
  for (int i = 0; i < 100; ++i) many += "1;sig=" + std::string(100, 's') + "\r\nx\r\n";
  many += "0\r\n\r\n";
  expect_rows({{many, many.size(), "a signature at each chunk, as AWS's SDKs send"}});
  std::string trailers = "0\r\n";
  while (trailers.size() <= ChunkedReader::kTrailersMax + 3) trailers += "X-A: 1\r\n";
  expect_rows({{trailers + "\r\n", 0, "many trailers"}});
}

}  // namespace
}  // namespace umbra::http
