#include "umbra/rules/mask_form.h"

#include <gtest/gtest.h>

#include "umbra/base/keyed_hash.h"

namespace umbra::rules {
namespace {

std::string masked(const std::vector<std::string>& names, std::string_view body, const MaskWith& with = {}) {
  Splice splice(body, 4096);
  EXPECT_TRUE(mask_form(body, names, with, splice)) << body;
  EXPECT_FALSE(splice.too_large());
  return std::move(splice).finish();
}

TEST(MaskForm, Table) {
  struct Row {
    std::vector<std::string> names;
    const char* body;
    const char* expected;
    const char* why;
  };
  for (const Row& row : {
           Row{{"p"}, "p=secret", "p=***", "one field"},
           Row{{"p"}, "a=1&p=secret&b=%41+x", "a=1&p=***&b=%41+x", "the rest byte for byte"},
           Row{{"p"}, "p=1&p=2", "p=***&p=***", "every field of that name"},
           Row{{"p", "q"}, "q=1&p=2", "q=***&p=***", "two names"},
           Row{{"p"}, "p=", "p=***", "an empty value"},
           Row{{"p"}, "p=a=b=c", "p=***", "a value with more of them"},
           Row{{"p"}, "p", "p", "no value"},
           Row{{"p"}, "", "", "nothing"},
           Row{{"p"}, "&&p=1&", "&&p=***&", "empty fields"},
           Row{{"p"}, "P=1&pp=1&=p&ap=1", "P=1&pp=1&=p&ap=1", "other names"},
           Row{{"pass word"}, "pass+word=1&pass%20word=2", "pass+word=***&pass%20word=***", "blanks, coded"},
           Row{{"password"}, "p%61ss%77ord=1", "p%61ss%77ord=***", "letters, coded"},
           Row{{"a&b=c"}, "a%26b%3Dc=1", "a%26b%3Dc=***", "delimiters, coded, are no delimiters"},
           Row{{"a%zz"}, "a%zz=1", "a%zz=***", "a percent sign that codes nothing"},
           Row{{"a%4"}, "a%4=1", "a%4=***", "cut short"},
           Row{{"caf\xc3\xa9"}, "caf%C3%a9=1&caf\xc3\xa9=2", "caf%C3%a9=***&caf\xc3\xa9=***", "beyond ASCII"},
           Row{{"user[card]"},
               "user%5Bcard%5D=1&user[card]=2",
               "user%5Bcard%5D=***&user[card]=***",
               "brackets"},
           Row{{"p"}, "p=x;y&a=1", "p=***&a=1", "a semicolon in a value"},
           Row{{"p"},
               "a=1;p=secret;b=2&c=3",
               "a=1;p=***&c=3",
               "apps that divide there; others see a longer a"},
           Row{{"p"}, "a;b;p=secret", "a;b;p=***", "fields without values before it"},
           Row{{"a;p"}, "a;p=secret", "a;p=***", "a name with a semicolon, to other apps"},
           Row{{"p"}, "a;b=1;c", "a;b=1;c", "none of them"},
           Row{{"p"}, "p=1\r\n", "p=***", "a line end is of the value"},
       }) {
    EXPECT_EQ(masked(row.names, row.body), row.expected) << row.why;
  }
}

TEST(MaskForm, TheMaskIsEncoded) {
  MaskWith with;
  with.text = "a b&c=%\r\xc3*-._~Z9";
  EXPECT_EQ(masked({"p"}, "p=1&q=2", with), "p=a%20b%26c%3D%25%0D%C3*-._%7EZ9&q=2");
}

TEST(MaskForm, HashesAreOfTheDecodedValue) {
  MaskWith with;
  with.key = "k";
  const std::string hash = keyed_hash("k", "a b");
  EXPECT_EQ(masked({"p"}, "p=a+b&p=a%20b&p=%61%20b", with), "p=" + hash + "&p=" + hash + "&p=" + hash);
}

TEST(MaskForm, ANulIsInNoForm) {
  const std::string body("p\0=\0s\0", 6);
  Splice splice(body, 4096);
  EXPECT_FALSE(mask_form(body, {"p"}, {}, splice)) << "UTF-16, it may be";
}

TEST(MaskForm, WhatIsMadeIsBounded) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "p=&";
  MaskWith with;
  with.text = std::string(100, 'm');
  Splice splice(body, 4000);
  EXPECT_TRUE(mask_form(body, {"p"}, with, splice));
  EXPECT_TRUE(splice.too_large());
  EXPECT_LT(std::move(splice).finish().size(), 4000 + body.size() + 200) << "it ended early";
}

}  // namespace
}  // namespace umbra::rules
