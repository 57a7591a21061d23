#include "umbra/http/lexis.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::http {
namespace {

TEST(Lexis, TokenBytesAreThoseOfRfc9110) {
  for (int c = 0; c < 256; ++c) {
    const bool expected =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c != 0 && std::string("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string::npos);
    EXPECT_EQ(is_token_byte(static_cast<char>(c)), expected) << c;
  }
}

// Sixteen bytes are looked at together: each byte must be judged alike at each place of a block, behind
// blocks, and in what is left over.
TEST(Lexis, FindControlJudgesEveryByteAtEveryPlace) {
  for (size_t size = 1; size <= 50; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string bytes(size, 'x');
        bytes[at] = static_cast<char>(c);
        const bool control = (c < 0x20 && c != '\t') || c == 0x7f;
        ASSERT_EQ(find_control(bytes, 0), control ? at : size)
            << "byte " << c << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Lexis, FindControlBeginsWhereItIsTold) {
  const std::string bytes = "\r" + std::string(20, 'x') + "\n" + std::string(20, 'x');
  EXPECT_EQ(find_control(bytes, 0), 0u);
  EXPECT_EQ(find_control(bytes, 1), 21u);
  EXPECT_EQ(find_control(bytes, 22), bytes.size());
  EXPECT_EQ(find_control(bytes, bytes.size()), bytes.size());
}

TEST(Lexis, FieldLines) {
  using Verdict = FieldLine::Verdict;
  struct Row {
    std::string bytes;
    Verdict verdict;
    Opaque fault;
    const char* why;
  };
  for (const Row& row : {
           Row{"A: b\r\nC", Verdict::complete, Opaque::none, "a line and what follows"},
           Row{"A:\r\n", Verdict::complete, Opaque::none, "an empty value"},
           Row{"A: \t \r\n", Verdict::complete, Opaque::none, "blanks only"},
           Row{"A: \xe4\t\xff\r\n", Verdict::complete, Opaque::none, "obs-text and tabs may stand in values"},
           Row{"A", Verdict::incomplete, Opaque::none, "a part of a name"},
           Row{"A:", Verdict::incomplete, Opaque::none, "a name"},
           Row{"A: b", Verdict::incomplete, Opaque::none, "a part of a value"},
           Row{"A: b\r", Verdict::incomplete, Opaque::none, "a part of the line end"},
           Row{" A: b\r\n", Verdict::fault, Opaque::folded_field, "obs-fold"},
           Row{"\tA: b\r\n", Verdict::fault, Opaque::folded_field, "obs-fold with a tab"},
           Row{"A : b\r\n", Verdict::fault, Opaque::bad_field, "a space before the colon"},
           Row{": b\r\n", Verdict::fault, Opaque::bad_field, "no name"},
           Row{"A b\r\n", Verdict::fault, Opaque::bad_field, "no colon"},
           Row{"A\r\n", Verdict::fault, Opaque::bad_field, "no colon before the line end"},
           Row{"A\n", Verdict::fault, Opaque::bare_line_end, "LF alone behind a name"},
           Row{"A: b\n", Verdict::fault, Opaque::bare_line_end, "LF alone"},
           Row{"A: b\rc\r\n", Verdict::fault, Opaque::bare_line_end, "CR alone"},
           Row{std::string("A: \0\r\n", 6), Verdict::fault, Opaque::bad_field, "NUL"},
           Row{"A: \x7f\r\n", Verdict::fault, Opaque::bad_field, "DEL"},
           Row{"\xe4: b\r\n", Verdict::fault, Opaque::bad_field, "obs-text in a name"},
       }) {
    const FieldLine line = scan_field_line(row.bytes);
    EXPECT_EQ(line.verdict, row.verdict) << row.why;
    EXPECT_EQ(name_of(line.fault), name_of(row.fault)) << row.why;
  }
}

TEST(Lexis, AFieldLinesParts) {
  const std::string bytes = "Name: \t two words\t \r\nnext";
  const FieldLine line = scan_field_line(bytes);
  EXPECT_EQ(line.name_size, 4u);
  EXPECT_EQ(bytes.substr(line.value_begin, line.value_end - line.value_begin), "two words");
  EXPECT_EQ(bytes.substr(line.size), "next");
}

}  // namespace
}  // namespace umbra::http
