// The data of bodies, however they are cut into parts.
#include "umbra/http/body_data.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::http {
namespace {

struct Row {
  bool chunked;
  std::string wire;
  std::string data;
};

std::string read(const Row& row, size_t step) {
  BodyData body(row.chunked);
  std::string data;
  for (size_t at = 0; at < row.wire.size(); at += step) {
    std::string_view part = std::string_view(row.wire).substr(at, step);
    while (!part.empty()) data += body.next(part);
  }
  return data;
}

TEST(BodyDataTest, OfEveryFramingCutAnywhere) {
  for (const Row& row : {
           Row{false, "abc\r\n0\r\n\r\n", "abc\r\n0\r\n\r\n"},
           Row{false, "", ""},
           Row{true, "3\r\nabc\r\n0\r\n\r\n", "abc"},
           Row{true, "3\r\nabc\r\n1A;x=\"1\"\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\n\r\n",
               "abcabcdefghijklmnopqrstuvwxyz"},
           Row{true, "2;a\r\n\r\n\r\n2 ;b=3\r\nxy\r\n0;last\r\nTrailer: 5\r\n\r\n", "\r\nxy"},
           Row{true, "0\r\n\r\n", ""},
       }) {
    for (size_t step = 1; step <= row.wire.size() + 1; ++step) {
      EXPECT_EQ(read(row, step), row.data) << row.wire << " by " << step;
    }
  }
}

}  // namespace
}  // namespace umbra::http
