#include "umbra/http/head.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::http {
namespace {

using Verdict = Head::Verdict;

TEST(Head, PartsOfARequest) {
  const std::string bytes =
      "PATCH /a//b/../%7e?x=%41&& HTTP/1.1\r\nhOSt: a:1\r\nX-Zz:  two  words \r\n\r\nbody";
  Head head;
  Opaque reason = Opaque::none;
  ASSERT_EQ(head.parse(Side::request, bytes, reason), Verdict::complete);
  EXPECT_EQ(head.raw(), bytes.substr(0, bytes.size() - 4));
  EXPECT_EQ(head.start_line(), "PATCH /a//b/../%7e?x=%41&& HTTP/1.1");
  EXPECT_EQ(head.method(), "PATCH");
  EXPECT_EQ(head.target(), "/a//b/../%7e?x=%41&&");
  EXPECT_EQ(head.minor_version(), 1u);
  ASSERT_EQ(head.fields().size(), 2u);
  EXPECT_EQ(head.fields()[0].name, "hOSt");
  EXPECT_EQ(head.fields()[0].known, Name::host);
  EXPECT_EQ(head.fields()[1].line, "X-Zz:  two  words \r\n");
  EXPECT_EQ(head.fields()[1].value, "two  words");
  EXPECT_EQ(head.raw().data(), bytes.data()) << "nothing is copied";
}

TEST(Head, PartsOfAResponse) {
  struct Row {
    const char* line;
    unsigned status;
    unsigned minor;
    const char* why;
  };
  for (const Row& row :
       {Row{"HTTP/1.1 200 OK", 200, 1, "the usual"}, Row{"HTTP/1.0 404 Not Found", 404, 0, "1.0"},
        Row{"HTTP/1.1 299 ", 299, 1, "unknown status, empty reason"},
        Row{"HTTP/1.1 200", 200, 1, "no space, as some servers do"},
        Row{"HTTP/1.1 999 \xe4", 999, 1, "any three digits, Latin-1 reason"}}) {
    Head head;
    Opaque reason = Opaque::none;
    ASSERT_EQ(head.parse(Side::response, std::string(row.line) + "\r\n\r\n", reason), Verdict::complete)
        << row.why;
    EXPECT_EQ(head.status(), row.status) << row.why;
    EXPECT_EQ(head.minor_version(), row.minor) << row.why;
  }
}

TEST(Head, KnownNames) {
  struct Row {
    const char* name;
    Name known;
  };
  for (const Row& row :
       {Row{"Connection", Name::connection}, Row{"CONTENT-LENGTH", Name::content_length},
        Row{"expect", Name::expect}, Row{"Host", Name::host}, Row{"Keep-Alive", Name::keep_alive},
        Row{"umbra-copy", Name::marker}, Row{"Proxy-Connection", Name::proxy},
        Row{"proxy-authorization", Name::proxy}, Row{"TE", Name::te},
        Row{"Transfer-encoding", Name::transfer_encoding}, Row{"uPgrade", Name::upgrade},
        Row{"Cookie", Name::other}, Row{"Proxy", Name::other}, Row{"XProxy-Y", Name::other},
        Row{"Hosts", Name::other}, Row{"Content_Length", Name::other}, Row{"0roxy-a", Name::other}}) {
    Head head;
    Opaque reason = Opaque::none;
    const std::string bytes = "GET / HTTP/1.1\r\n" + std::string(row.name) + ": x\r\n\r\n";
    ASSERT_EQ(head.parse(Side::request, bytes, reason), Verdict::complete) << row.name;
    EXPECT_EQ(head.fields()[0].known, row.known) << row.name;
    EXPECT_EQ(head.has(row.known), true) << row.name;
    EXPECT_FALSE(head.has_twice(row.known)) << row.name;
  }
}

TEST(Head, ListsReadAllLinesOfAField) {
  const std::string bytes =
      "GET / HTTP/1.1\r\nConnection: close , X-A\r\nHost: a\r\nCONNECTION:,,\tUpGrade\t,\r\n\r\n";
  Head head;
  Opaque reason = Opaque::none;
  ASSERT_EQ(head.parse(Side::request, bytes, reason), Verdict::complete);
  EXPECT_TRUE(head.has_twice(Name::connection));
  EXPECT_TRUE(head.lists(Name::connection, "close"));
  EXPECT_TRUE(head.lists(Name::connection, "x-a"));
  EXPECT_TRUE(head.lists(Name::connection, "upgrade"));
  EXPECT_FALSE(head.lists(Name::connection, "up"));
  EXPECT_FALSE(head.lists(Name::upgrade, "upgrade")) << "not there at all";
}

TEST(Head, RequestLinesThatAreNone) {
  struct Row {
    std::string line;
    Opaque reason;
    const char* why;
  };
  for (const Row& row : {
           Row{"GET /", Opaque::bad_version, "HTTP/0.9"},
           Row{"GET / HTTP/2.0", Opaque::bad_version, "llhttp accepts it"},
           Row{"GET / HTTP/0.9", Opaque::bad_version, "llhttp accepts it"},
           Row{"GET / HTTP/1.2", Opaque::bad_version, "a version that does not exist"},
           Row{"GET / HTTP/11", Opaque::bad_version, "a dot short"},
           Row{"GET / HTTP/1.1 ", Opaque::bad_version, "a space behind"},
           Row{"GET / HTTP/1.10", Opaque::bad_version, "two digits"},
           Row{"GET / http/1.1", Opaque::bad_start_line, "the name is case-sensitive"},
           Row{"GET / ICE/1.0", Opaque::bad_start_line, "another protocol, which llhttp knows"},
           Row{"GET / RTSP/1.0", Opaque::bad_start_line, "another protocol, which llhttp knows"},
           Row{"GET  / HTTP/1.1", Opaque::bad_start_line, "two spaces, which llhttp accepts"},
           Row{"GET /  HTTP/1.1", Opaque::bad_start_line, "two spaces before the version"},
           Row{"GET /a b HTTP/1.1", Opaque::bad_start_line, "a space in the target"},
           Row{"GET\t/ HTTP/1.1", Opaque::bad_start_line, "a tab for a space"},
           Row{"GET /\xc3\xa4 HTTP/1.1", Opaque::bad_start_line, "obs-text in the target"},
           Row{"GET /\x01 HTTP/1.1", Opaque::bad_start_line, "a control byte in the target"},
           Row{"G(T / HTTP/1.1", Opaque::bad_start_line, "no token"},
           Row{" GET / HTTP/1.1", Opaque::bad_start_line, "a space before"},
           Row{"GET", Opaque::bad_start_line, "a method alone"},
           Row{"", Opaque::bad_start_line, "nothing"},
       }) {
    Head head;
    Opaque reason = Opaque::none;
    EXPECT_EQ(head.parse(Side::request, row.line + "\r\nHost: a\r\n\r\n", reason), Verdict::fault) << row.why;
    EXPECT_EQ(name_of(reason), name_of(row.reason)) << row.why;
  }
}

TEST(Head, StatusLinesThatAreNone) {
  struct Row {
    std::string line;
    Opaque reason;
  };
  for (const Row& row :
       {Row{"HTTP/1.1 20", Opaque::bad_start_line}, Row{"HTTP/1.1 2000 OK", Opaque::bad_start_line},
        Row{"HTTP/1.1 2x0 OK", Opaque::bad_start_line}, Row{"HTTP/1.1  200 OK", Opaque::bad_start_line},
        Row{"HTTP/1.1 099 OK", Opaque::bad_start_line}, Row{"HTTP/1.1 -20 OK", Opaque::bad_start_line},
        Row{"HTTP/2.0 200 OK", Opaque::bad_version}, Row{"HTTP/1.2 200 OK", Opaque::bad_version},
        Row{"ICY 200 OK now", Opaque::bad_start_line}, Row{"http/1.1 200 OK", Opaque::bad_start_line}}) {
    Head head;
    Opaque reason = Opaque::none;
    EXPECT_EQ(head.parse(Side::response, row.line + "\r\n\r\n", reason), Verdict::fault) << row.line;
    EXPECT_EQ(name_of(reason), name_of(row.reason)) << row.line;
  }
}

TEST(Head, AsManyFieldsAsTheBound) {
  for (const size_t count : {kFieldsMax, kFieldsMax + 1}) {
    std::string bytes = "GET / HTTP/1.1\r\n";
    for (size_t i = 0; i < count; ++i) bytes += "A: b\r\n";
    Head head;
    Opaque reason = Opaque::none;
    const bool fits = count == kFieldsMax;
    EXPECT_EQ(head.parse(Side::request, bytes + "\r\n", reason), fits ? Verdict::complete : Verdict::fault);
    EXPECT_EQ(name_of(reason), name_of(fits ? Opaque::none : Opaque::too_many_fields));
  }
}

TEST(Head, EveryPartOfASoundHeadIsIncomplete) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n";
  for (size_t size = 0; size < bytes.size(); ++size) {
    Head head;
    Opaque reason = Opaque::none;
    EXPECT_EQ(head.parse(Side::request, bytes.substr(0, size), reason), Verdict::incomplete) << size;
  }
}

TEST(Head, IsReadAnewEachTime) {
  Head head;
  Opaque reason = Opaque::none;
  ASSERT_EQ(head.parse(Side::request, "GET / HTTP/1.0\r\nTE: x\r\nTE: y\r\n\r\n", reason), Verdict::complete);
  ASSERT_EQ(head.parse(Side::response, "HTTP/1.1 204 \r\n\r\n", reason), Verdict::complete);
  EXPECT_TRUE(head.fields().empty());
  EXPECT_FALSE(head.has(Name::te));
  EXPECT_FALSE(head.has_twice(Name::te));
  EXPECT_EQ(head.method(), "");
  EXPECT_EQ(head.minor_version(), 1u);
}

}  // namespace
}  // namespace umbra::http
