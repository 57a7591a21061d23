// Values masked in the head; what stands between them stays.
#include "umbra/rules/mask_head.h"

#include <gtest/gtest.h>

#include "rules/rules_run.h"
#include "umbra/base/keyed_hash.h"

namespace umbra::rules {
namespace {

const std::string kStart = "GET /p HTTP/1.1\r\nHost: www.w3.org\r\n";

std::string masked(const MaskHead& mask, const std::string& head) { return RulesRun({mask}).edited(head); }

TEST(MaskHead, Headers) {
  const MaskHead mask{.headers = {"authorization", "X-Key"}, .cookies = {}, .query = {}, .with = {}};
  EXPECT_EQ(
      masked(mask, kStart + "Authorization: Basic eA==\r\nB: 1\r\nx-key:a\r\nX-KEY:\r\nX-Keys: 1\r\n\r\n"),
      kStart + "Authorization: ***\r\nB: 1\r\nx-key: ***\r\nX-KEY: ***\r\nX-Keys: 1\r\n\r\n");
}

TEST(MaskHead, Cookies) {
  struct Row {
    const char* before;
    const char* after;
  };
  for (const Row& row : {
           Row{"a=1; sid=secret; b=2", "a=1; sid=***; b=2"},
           Row{"sid=secret", "sid=***"},
           Row{"sid=a;sid=b ; x=sid", "sid=***;sid=*** ; x=sid"},
           Row{"sid = \"q;r\"", "sid = ***;r\""},
           Row{"sid=a=b==", "sid=***"},
           Row{"sid=", "sid=***"},
           Row{"sid", "sid"},
           Row{"xsid=1; SID=2; sidx=3", "xsid=1; SID=2; sidx=3"},
           Row{"; ;sid=a;", "; ;sid=***;"},
           Row{"t=x; sid=y", "t=***; sid=***"},
       }) {
    const MaskHead mask{.headers = {}, .cookies = {"sid", "t"}, .query = {}, .with = {}};
    EXPECT_EQ(masked(mask, kStart + "cookie: " + row.before + "\r\n\r\n"),
              kStart + "cookie: " + row.after + "\r\n\r\n");
  }
}

TEST(MaskHead, EveryCookieLine) {
  const MaskHead mask{.headers = {}, .cookies = {"s"}, .query = {}, .with = {.text = "", .key = ""}};
  EXPECT_EQ(masked(mask, kStart + "Cookie: s=1\r\nSet: s=2\r\nCookie: x; s=3\r\n\r\n"),
            kStart + "Cookie: s=\r\nSet: s=2\r\nCookie: x; s=\r\n\r\n");
}

TEST(MaskHead, QueryParameters) {
  struct Row {
    const char* before;
    const char* after;
  };
  for (const Row& row : {
           Row{"/p?token=secret&a=1&token=2", "/p?token=***&a=1&token=***"},
           Row{"/p?%74oken=x", "/p?%74oken=***"},
           Row{"/p?token=a=b", "/p?token=***"},
           Row{"/p?token&tokens=1&a=token", "/p?token&tokens=1&a=token"},
           Row{"/token=1?&&token=", "/token=1?&&token=***"},
           Row{"http://w?token=1", "http://w?token=***"},
       }) {
    RulesRun run({MaskHead{.headers = {}, .cookies = {}, .query = {"token"}, .with = {}}});
    EXPECT_EQ(run.target(row.before), row.after);
  }
}

TEST(MaskHead, AKeyedHashKeepsEqualValuesEqual) {
  const MaskHead mask{
      .headers = {"A"}, .cookies = {"s"}, .query = {"q"}, .with = {.text = "", .key = "pepper"}};
  const std::string hash = keyed_hash("pepper", "v");
  ASSERT_EQ(hash.size(), 32u);
  EXPECT_EQ(masked(mask, "GET /?q=v&q=w HTTP/1.1\r\nA: v\r\nCookie: s=v\r\nB: v\r\n\r\n"),
            "GET /?q=" + hash + "&q=" + keyed_hash("pepper", "w") + " HTTP/1.1\r\nA: " + hash +
                "\r\nCookie: s=" + hash + "\r\nB: v\r\n\r\n");
}

TEST(MaskHead, TooManyValuesDropTheCopy) {
  const MaskHead mask{.headers = {}, .cookies = {"s"}, .query = {}, .with = {.text = "", .key = "pepper"}};
  std::string cookies;
  for (size_t i = 0; i < Effort::kMasksMax; ++i) cookies += "s=1;";
  EXPECT_NE(masked(mask, kStart + "Cookie: " + cookies + "\r\n\r\n"), "rule_error");
  EXPECT_EQ(masked(mask, kStart + "Cookie: " + cookies + "s=1\r\n\r\n"), "rule_error");
}

TEST(MaskHead, WhatConfigurationCanBeTold) {
  for (const MaskHead& mask : {
           MaskHead{.headers = {"Content-Length"}, .cookies = {}, .query = {}, .with = {}},
           MaskHead{.headers = {"A b"}, .cookies = {}, .query = {}, .with = {}},
           MaskHead{.headers = {"A"}, .cookies = {}, .query = {}, .with = {.text = "\r", .key = ""}},
           MaskHead{.headers = {}, .cookies = {"A"}, .query = {}, .with = {.text = "a;b", .key = ""}},
           MaskHead{.headers = {}, .cookies = {}, .query = {"A"}, .with = {.text = "a b", .key = ""}},
           MaskHead{.headers = {}, .cookies = {}, .query = {"A"}, .with = {.text = "a&b", .key = ""}},
       }) {
    EXPECT_FALSE(HeadMask::compile(mask)) << mask.with.text;
  }
  EXPECT_TRUE(HeadMask::compile(
      {.headers = {"A"}, .cookies = {}, .query = {}, .with = {.text = "a b;&", .key = ""}}));
}

}  // namespace
}  // namespace umbra::rules
