#include "umbra/http/framing.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::http {
namespace {

using Kind = Framing::Kind;

// A head for one test; it owns the bytes that its views point into.
struct ReadHead {
  ReadHead(Side side, std::string head_bytes) : bytes(std::move(head_bytes)) {
    Opaque reason = Opaque::none;
    EXPECT_EQ(head.parse(side, bytes, reason), Head::Verdict::complete) << bytes;
  }
  std::string bytes;
  Head head;
};

struct RequestRow {
  std::string fields;
  Kind kind;
  uint64_t length;
  Opaque fault;
  const char* why;
  const char* version = "HTTP/1.1";
};

TEST(Framing, OfRequests) {
  for (const RequestRow& row : {
           RequestRow{"Host: a\r\n", Kind::none, 0, Opaque::none, "nothing said, no body"},
           RequestRow{"Host: a\r\nContent-Length: 5\r\n", Kind::length, 5, Opaque::none, "also of a GET"},
           RequestRow{"Host: a\r\nContent-Length:\t005 \r\n", Kind::length, 5, Opaque::none, "zeros before"},
           RequestRow{"Host: a\r\nContent-Length: 999999999999999999\r\n", Kind::length, 999999999999999999u,
                      Opaque::none, "the largest that is taken"},
           RequestRow{"Host: a\r\nTransfer-Encoding: ChunkeD\r\n", Kind::chunked, 0, Opaque::none,
                      "any case"},
           RequestRow{"", Kind::none, 0, Opaque::none, "no Host is needed in 1.0", "HTTP/1.0"},
           RequestRow{"Host:\r\n", Kind::none, 0, Opaque::none, "an empty Host is one (RFC 9112, 3.2)"},
           RequestRow{"Host: [::1]:80\r\n", Kind::none, 0, Opaque::none, "an IPv6 literal"},
           RequestRow{"", Kind::none, 0, Opaque::bad_host, "none in 1.1"},
           RequestRow{"Host: a\r\nhost: a\r\n", Kind::none, 0, Opaque::bad_host, "two equal ones"},
           RequestRow{"Host: a\r\nHost: b\r\n", Kind::none, 0, Opaque::bad_host, "two", "HTTP/1.0"},
           RequestRow{"Host: a b\r\n", Kind::none, 0, Opaque::bad_host, "a space within"},
           RequestRow{"Host: a,b\r\n", Kind::none, 0, Opaque::bad_host, "a list"},
           RequestRow{"Host: a/b\r\n", Kind::none, 0, Opaque::bad_host, "a path"},
           RequestRow{"Host: u@a\r\n", Kind::none, 0, Opaque::bad_host, "a user"},
           RequestRow{"Host: \xe4\r\n", Kind::none, 0, Opaque::bad_host, "obs-text"},
           RequestRow{"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", Kind::none, 0,
                      Opaque::two_framings, "length first"},
           RequestRow{"Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", Kind::none, 0,
                      Opaque::two_framings, "coding first"},
           RequestRow{"Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n", Kind::none, 0,
                      Opaque::two_framings, "equal lengths: not every server takes them"},
           RequestRow{"Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Kind::none,
                      0, Opaque::two_framings, "chunked twice"},
           RequestRow{"Host: a\r\nTransfer-Encoding: gzip, chunked\r\n", Kind::none, 0, Opaque::bad_coding,
                      "llhttp accepts it"},
           RequestRow{"Host: a\r\nTransfer-Encoding: chunked, identity\r\n", Kind::none, 0,
                      Opaque::bad_coding, "chunked is not last"},
           RequestRow{"Host: a\r\nTransfer-Encoding: xchunked\r\n", Kind::none, 0, Opaque::bad_coding,
                      "another"},
           RequestRow{"Host: a\r\nTransfer-Encoding: \"chunked\"\r\n", Kind::none, 0, Opaque::bad_coding,
                      "quoted"},
           RequestRow{"Host: a\r\nTransfer-Encoding:\r\n", Kind::none, 0, Opaque::bad_coding, "empty"},
           RequestRow{"Transfer-Encoding: chunked\r\n", Kind::none, 0, Opaque::bad_coding,
                      "RFC 9112, 6.1: faulty in 1.0", "HTTP/1.0"},
           RequestRow{"Host: a\r\nContent-Length: +5\r\n", Kind::none, 0, Opaque::bad_length, "a sign"},
           RequestRow{"Host: a\r\nContent-Length: -1\r\n", Kind::none, 0, Opaque::bad_length, "negative"},
           RequestRow{"Host: a\r\nContent-Length: 0x5\r\n", Kind::none, 0, Opaque::bad_length, "hexadecimal"},
           RequestRow{"Host: a\r\nContent-Length: 5 5\r\n", Kind::none, 0, Opaque::bad_length, "two in one"},
           RequestRow{"Host: a\r\nContent-Length: 5, 5\r\n", Kind::none, 0, Opaque::bad_length, "a list"},
           RequestRow{"Host: a\r\nContent-Length:\r\n", Kind::none, 0, Opaque::bad_length, "empty"},
           RequestRow{"Host: a\r\nContent-Length: 1e3\r\n", Kind::none, 0, Opaque::bad_length, "an exponent"},
           RequestRow{"Host: a\r\nContent-Length: 18446744073709551616\r\n", Kind::none, 0,
                      Opaque::bad_length, "2^64 would be 0"},
       }) {
    const ReadHead read(Side::request, std::string("GET / ") + row.version + "\r\n" + row.fields + "\r\n");
    const Framing framing = request_framing(read.head);
    EXPECT_EQ(name_of(framing.fault), name_of(row.fault)) << row.why;
    if (row.fault != Opaque::none) continue;
    EXPECT_EQ(framing.kind, row.kind) << row.why;
    EXPECT_EQ(framing.length, row.length) << row.why;
  }
}

struct ResponseRow {
  std::string head;
  AnswerTo request;
  Kind kind;
  Opaque fault;
  const char* why;
};

TEST(Framing, OfResponses) {
  const AnswerTo other = AnswerTo::other;
  for (const ResponseRow& row : {
           ResponseRow{"HTTP/1.1 200 OK\r\n", other, Kind::until_close, Opaque::none, "nothing said"},
           ResponseRow{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", other, Kind::length, Opaque::none,
                       "length"},
           ResponseRow{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", other, Kind::chunked,
                       Opaque::none, ""},
           ResponseRow{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", AnswerTo::head, Kind::none, Opaque::none,
                       "HEAD"},
           ResponseRow{"HTTP/1.1 200 OK\r\n", AnswerTo::head, Kind::none, Opaque::none,
                       "HEAD has an end always"},
           ResponseRow{"HTTP/1.1 204 -\r\nContent-Length: 5\r\n", other, Kind::none, Opaque::none, "204"},
           ResponseRow{"HTTP/1.1 304 -\r\nTransfer-Encoding: chunked\r\n", other, Kind::none, Opaque::none,
                       "304"},
           ResponseRow{"HTTP/1.1 205 -\r\nContent-Length: 5\r\n", other, Kind::length, Opaque::none,
                       "205 is framed as others are"},
           ResponseRow{"HTTP/1.1 100 Continue\r\n", other, Kind::none, Opaque::none, "interim"},
           ResponseRow{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n", other, Kind::none, Opaque::none, "interim"},
           ResponseRow{"HTTP/1.1 199 -\r\nContent-Length: 5\r\n", other, Kind::none, Opaque::none,
                       "every 1xx, which llhttp reads with a body"},
           ResponseRow{"HTTP/1.1 101 -\r\nUpgrade: websocket\r\n", other, Kind::tunnel, Opaque::none,
                       "switched"},
           ResponseRow{"HTTP/1.1 200 -\r\nContent-Length: 5\r\n", AnswerTo::connect, Kind::tunnel,
                       Opaque::none, "a 2xx to CONNECT has no body, RFC 9110 9.3.6"},
           ResponseRow{"HTTP/1.1 407 -\r\nContent-Length: 5\r\n", AnswerTo::connect, Kind::length,
                       Opaque::none, "CONNECT refused"},
           ResponseRow{"HTTP/1.1 200 -\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", other,
                       Kind::none, Opaque::two_framings, "both"},
           ResponseRow{"HTTP/1.1 304 -\r\nContent-Length: 5\r\nContent-Length: 6\r\n", other, Kind::none,
                       Opaque::two_framings, "two lengths are suspect also where none counts"},
           ResponseRow{"HTTP/1.0 200 -\r\nTransfer-Encoding: chunked\r\n", other, Kind::none,
                       Opaque::bad_coding, ""},
           ResponseRow{"HTTP/1.1 200 -\r\nTransfer-Encoding: gzip\r\n", other, Kind::none, Opaque::bad_coding,
                       ""},
       }) {
    const ReadHead read(Side::response, row.head + "\r\n");
    const Framing framing = response_framing(read.head, row.request);
    EXPECT_EQ(name_of(framing.fault), name_of(row.fault)) << row.head << row.why;
    if (row.fault != Opaque::none) continue;
    EXPECT_EQ(framing.kind, row.kind) << row.head << row.why;
  }
}

TEST(Framing, KeepsAlive) {
  struct Row {
    const char* head;
    bool alive;
    const char* why;
  };
  for (const Row& row :
       {Row{"HTTP/1.1 200 -\r\n", true, "1.1 by default"}, Row{"HTTP/1.0 200 -\r\n", false, "1.0 by default"},
        Row{"HTTP/1.1 200 -\r\nConnection: Close\r\n", false, "said"},
        Row{"HTTP/1.0 200 -\r\nConnection: keep-alive\r\n", true, "said"},
        Row{"HTTP/1.1 200 -\r\nConnection: keep-alive, close\r\n", false, "close is stronger"},
        Row{"HTTP/1.1 200 -\r\nConnection: x\r\nConnection: close\r\n", false, "in a second line"},
        Row{"HTTP/1.0 200 -\r\nConnection: x\r\n", false, "something else"},
        Row{"HTTP/1.1 200 -\r\nConnection: x\r\n", true, "something else"}}) {
    const ReadHead read(Side::response, std::string(row.head) + "\r\n");
    EXPECT_EQ(keeps_alive(read.head), row.alive) << row.head << row.why;
  }
}

}  // namespace
}  // namespace umbra::http
