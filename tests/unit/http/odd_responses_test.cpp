#include <gtest/gtest.h>

#include "transcript.h"

namespace umbra::http {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\n";

TEST(OddResponses, WhatIsNoAnswer) {
  expect_readings(
      Side::response,
      {
          {"220 mail.example ESMTP\r\n", "!bad_start_line", "SMTP"},
          {"ICY 200 OK\r\n\r\n", "!bad_start_line", "Shoutcast"},
          {"HTTX", "!bad_start_line", "ruled out by its first bytes"},
          {std::string("\0\0\0\4", 4), "!bad_start_line", "binary (HTTP/2 settings)"},
          {"\r\nHTTP/1.1 200 OK\r\n\r\n", "!bad_start_line", "empty lines come before requests only"},
          {"HTTP/2.0 200 OK\r\n\r\n", "!bad_version", "no such version here"},
          {"HTTP/1.1 99 Low\r\n\r\n", "!bad_start_line", "two digits"},
          {"HTTP/1.1 1000 High\r\n\r\n", "!bad_start_line", "four digits"},
          {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "!bare_line_end", "LF alone"},
          {"HTTP/1.1\r\n\r\n", "!bad_start_line", "no status"},
      });
}

TEST(OddResponses, Fields) {
  expect_readings(Side::response, {
                                      {kOk + "X : 1\r\n\r\n", "!bad_field", "a space before the colon"},
                                      {kOk + "X: 1\r\n y\r\n\r\n", "!folded_field", "obs-fold"},
                                      {kOk + "X:\rY: 1\r\n\r\n", "!bare_line_end", "CR alone"},
                                  });
}

TEST(OddResponses, Framings) {
  expect_readings(
      Side::response,
      {
          {kOk + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "!two_framings", "both"},
          {kOk + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", "!two_framings", "twice"},
          {kOk + "Content-Length: x\r\n\r\n", "!bad_length", "no number"},
          {kOk + "Transfer-Encoding: gzip\r\n\r\n", "!bad_coding", "until close, some say"},
          {kOk + "Transfer-Encoding: chunked\r\n\r\n2\r\nokX",
           "HTTP/1.1 200 OK{Transfer-Encoding=chunked}!bad_chunk", "broken chunks"},
      });
}

TEST(OddResponses, BytesBehindAnAnswerAreTheNextOne) {
  expect_readings(Side::response, {{kOk + "Content-Length: 1\r\n\r\nxy",
                                    "HTTP/1.1 200 OK{Content-Length=1}(x) "
                                    "!bad_start_line",
                                    "one byte too many"}});
}

}  // namespace
}  // namespace umbra::http
