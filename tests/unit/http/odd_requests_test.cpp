// What must not be taken for a request that two readers understand alike (facts: RFC 9112, and what
// llhttp's versions let through).
#include <gtest/gtest.h>

#include "transcript.h"

namespace umbra::http {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n";

TEST(OddRequests, WhatIsNoHttp1) {
  expect_readings(
      Side::request,
      {
          {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "!tls", "a TLS hello"},
          {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "!http2", "an HTTP/2 preface"},
          {"PRI * HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/1.1{Host=a}()",
           "a method that begins as the preface"},
          {"PRI /x HTTP/1.1\r\nHost: a\r\n\r\n", "PRI /x HTTP/1.1{Host=a}()", "an odd method"},
          {"PRINT / HTTP/1.1\r\nHost: a\r\n\r\n", "PRINT / HTTP/1.1{Host=a}()", "another odd method"},
          {std::string("\0\x01\x02", 3), "!bad_start_line", "binary"},
          {"\xff\xd8\xff", "!bad_start_line", "binary above 0x7f"},
          {" GET / HTTP/1.1\r\n", "!bad_start_line", "a space first"},
          {"EHLO mail.example\r\n", "!bad_version", "SMTP, which looks like HTTP/0.9"},
          {"*1\r\n$4\r\nPING\r\n", "!bad_start_line", "Redis"},
          {"SSH-2.0-OpenSSH_9.2\r\n", "!bad_start_line", "SSH"},
          {"GET /\r\n", "!bad_version", "HTTP/0.9, which llhttp accepts"},
          {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "!bad_version", "which llhttp accepts"},
          {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "!bad_version", "no such version"},
          {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", "!bad_version", "no such version here"},
          {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "!bad_start_line", "two spaces, which llhttp accepts"},
      });
}

TEST(OddRequests, LineEnds) {
  expect_readings(
      Side::request,
      {
          {"GET / HTTP/1.1\nHost: a\n\n", "!bare_line_end", "LF alone"},
          {"GET / HTTP/1.1\r\nHost: a\n\r\n", "!bare_line_end", "LF alone behind a field"},
          {"GET / HTTP/1.1\r\nHost: a\r\n\n", "!bare_line_end", "LF alone for the empty line"},
          {"GET / HTTP/1.1\rHost: a\r\n\r\n", "!bare_line_end", "CR alone behind the request line"},
          {kGet + "X: 1\rY: 2\r\n\r\n", "!bare_line_end", "CR alone within a value"},
          {kGet + "X:\rTransfer-Encoding: chunked\r\n\r\n", "!bare_line_end",
           "CVE-2023-30589: llhttp 8.1 reads a field ransfer-Encoding"},
          {kGet + "\rX: 1\r\n\r\n", "!bare_line_end", "CR alone before a name"},
          {"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "!bare_line_end", "CR alone before a request"},
          {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "!bad_start_line", "LF alone before a request"},
          {"\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "!bare_line_end", "five empty lines"},
      });
}

TEST(OddRequests, Fields) {
  expect_readings(
      Side::request,
      {
          {kGet + "Bad : 1\r\n\r\n", "!bad_field", "a space before the colon, which llhttp 8.1 accepts"},
          {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "!bad_field", "the same in Host"},
          {kGet + "X: 1\r\n folded\r\n\r\n", "!folded_field", "obs-fold, which llhttp 8.1 accepts"},
          {kGet + "X: 1\r\n\tfolded\r\n\r\n", "!folded_field", "obs-fold with a tab"},
          {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "!folded_field", "white space behind the request line"},
          {kGet + ": no name\r\n\r\n", "!bad_field", "no name"},
          {kGet + "no colon\r\n\r\n", "!bad_field", "no colon"},
          {kGet + std::string("X: \0\r\n\r\n", 8), "!bad_field", "NUL in a value"},
          {kGet + "X: \x08\r\n\r\n", "!bad_field", "a control byte in a value"},
          {kGet + "X\x80: 1\r\n\r\n", "!bad_field", "obs-text in a name"},
          {kGet + "X(: 1\r\n\r\n", "!bad_field", "a delimiter in a name"},
      });
}

TEST(OddRequests, Hosts) {
  expect_readings(Side::request, {
                                     {"GET / HTTP/1.1\r\n\r\n", "!bad_host", "none"},
                                     {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "!bad_host", "two"},
                                     {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "!bad_host", "invalid"},
                                     {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "!bad_host", "invalid"},
                                 });
}

TEST(OddRequests, Framings) {
  expect_readings(
      Side::request,
      {
          {kGet + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!two_framings",
           "both"},
          {kGet + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "!two_framings",
           "both"},
          {kGet + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "!two_framings", "two lengths"},
          {kGet + "Content-Length: 1, 1\r\n\r\nx", "!bad_length", "a list"},
          {kGet + "Content-Length: +1\r\n\r\nx", "!bad_length", "a sign"},
          {kGet + "Content-Length: 18446744073709551617\r\n\r\nx", "!bad_length", "overflow"},
          {kGet + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "!bad_coding", "another coding"},
          {kGet + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "!bad_coding", "which llhttp accepts"},
          {kGet + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "!bad_coding", "not last"},
          {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!bad_coding",
           "in 1.0, which llhttp accepts"},
          {kGet + "Transfer-Encoding: \x0b"
                  "chunked\r\n\r\n",
           "!bad_field", "a vertical tab"},
      });
}

TEST(OddRequests, Chunks) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string seen = "GET / HTTP/1.1{Host=a,Transfer-Encoding=chunked}";
  expect_readings(
      Side::request,
      {
          {head + "1\nx\r\n0\r\n\r\n", seen + "!bad_chunk", "LF alone behind a size"},
          {head + "1 \r\nx\r\n0\r\n\r\n", seen + "!bad_chunk", "a space behind a size"},
          {head + "1\r\nxx0\r\n\r\n", seen + "!bad_chunk", "data without a line end"},
          {head + "1\r\nx\r\nZ", seen + "!bad_chunk", "no size"},
          {head + "0\r\nX : 1\r\n\r\n", seen + "!bad_field", "a bad trailer"},
          {head + "FFFFFFFFFFFFFFFF1\r\n", seen + "!bad_chunk", "overflow"},
          // llhttp wants a token behind the semicolon; the strict check does not mind.
          {head + "1; a=b\r\nx\r\n0\r\n\r\n", seen + "!parsers_disagree", "a space before an extension"},
          {head + "1; a=b\r\nx\r\nZ", seen + "!bad_chunk", "the strict check's own fault comes first"},
      });
}

TEST(OddRequests, AGoodOneBeforeABadOneIsStillSeen) {
  expect_readings(Side::request, {{kGet + "\r\n" + kGet + "Bad : 1\r\n\r\n",
                                   "GET / HTTP/1.1{Host=a}() !bad_field", "the first counts"}});
}

}  // namespace
}  // namespace umbra::http
