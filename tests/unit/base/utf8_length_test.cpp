#include <gtest/gtest.h>

#include "umbra/base/text.h"

namespace umbra {
namespace {

TEST(Utf8Length, Table) {
  struct Row {
    std::string_view text;
    size_t length;
    const char* why;
  };
  for (const Row& row : {
           Row{"", 0, "nothing"},
           Row{"a\xff", 1, "ASCII, whatever follows"},
           Row{{"\0", 1}, 1, "NUL"},
           Row{"\x7f", 1, "the last of ASCII"},
           Row{"\x80", 0, "a continuation alone"},
           Row{"\xc1\xbf", 0, "overlong"},
           Row{"\xc2\x80", 2, "the first of two bytes"},
           Row{"\xdf\xbf", 2, "the last"},
           Row{"\xc3", 0, "cut short"},
           Row{"\xc3(", 0, "no continuation"},
           Row{"\xe0\x9f\xbf", 0, "overlong"},
           Row{"\xe0\xa0\x80", 3, "the first of three"},
           Row{"\xed\x9f\xbf", 3, "the last before the surrogates"},
           Row{"\xed\xa0\x80", 0, "a surrogate"},
           Row{"\xef\xbf\xbf", 3, "the last of three"},
           Row{"\xf0\x8f\xbf\xbf", 0, "overlong"},
           Row{"\xf0\x90\x80\x80", 4, "the first of four"},
           Row{"\xf4\x8f\xbf\xbf", 4, "the last code point"},
           Row{"\xf4\x90\x80\x80", 0, "beyond it"},
           Row{"\xf5\x80\x80\x80", 0, "no first byte"},
           Row{"\xf0\x90\x80", 0, "cut short"},
       }) {
    EXPECT_EQ(utf8_length(row.text), row.length) << row.why;
  }
}

}  // namespace
}  // namespace umbra
