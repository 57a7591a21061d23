#include "umbra/http/message_reader.h"

#include <gtest/gtest.h>

#include "transcript.h"

namespace umbra::http {
namespace {

TEST(MessageReader, OrdinaryRequests) {
  expect_readings(
      Side::request,
      {
          {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1{Host=a}()", "the least"},
          {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0{}()", "the least of 1.0"},
          {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
           "POST /x HTTP/1.1{Host=a,Content-Length=5}(hello)", "a length"},
          {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
           "POST /x HTTP/1.1{Host=a,Content-Length=0}()", "an empty body"},
          {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: "
           "1\r\n\r\n",
           "POST / HTTP/1.1{Host=a,Transfer-Encoding=chunked}(3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n)",
           "chunks, an extension, a trailer: as framed on the wire"},
          {"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxyGET "
           "/3 "
           "HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /1 HTTP/1.1{Host=a}() POST /2 HTTP/1.1{Host=a,Content-Length=2}(xy) GET /3 "
           "HTTP/1.1{Host=a}()",
           "pipelined"},
          {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy",
           "GET / HTTP/1.1{Host=a,Content-Length=2}(xy)", "framing does not depend on the method"},
          {"FROBNICATE-2 / HTTP/1.1\r\nHost: a\r\n\r\n", "FROBNICATE-2 / HTTP/1.1{Host=a}()",
           "an unknown method passes, though llhttp has a fixed list"},
          {"get / HTTP/1.1\r\nHost: a\r\n\r\n", "get / HTTP/1.1{Host=a}()", "methods have case"},
          {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1{Host=a}()", "asterisk-form"},
          {"GET http://b/x HTTP/1.1\r\nHost: b\r\n\r\n", "GET http://b/x HTTP/1.1{Host=b}()",
           "absolute-form"},
          {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "CONNECT a:443 HTTP/1.1{Host=a:443}()",
           "whether it becomes a tunnel is the answer's to say"},
          {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
           "GET / HTTP/1.1{Host=a,Upgrade=websocket,Connection=Upgrade}()", "so is an upgrade"},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1{Host=a,Connection=close}() GET /2 HTTP/1.1{Host=a}()",
           "what follows a close is read too; llhttp alone would call it an error"},
          {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1{Host=a}() GET / HTTP/1.1{Host=a}()", "empty lines before request lines"},
          {"GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\xf6\xfc\t~\r\n\r\n",
           "GET / HTTP/1.1{Host=a,X=\xe4\xf6\xfc\t~}()", "obs-text in a value"},
      });
}

TEST(MessageReader, PartsOfRequests) {
  expect_readings(Side::request,
                  {
                      {"G", "+1", "one byte"},
                      {"GET / HTTP/1.1\r\nHost: a\r\n\r", "+26", "all but one byte"},
                      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel",
                       "POST / HTTP/1.1{Host=a,Content-Length=5}(hel...", "a part of a body"},
                      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                       "POST / HTTP/1.1{Host=a,Transfer-Encoding=chunked}(5\r\nhello\r\n0\r\n...",
                       "all but the empty line"},
                      {"\r\n\r", "", "empty lines are no message"},
                  });
}

TEST(MessageReader, OrdinaryResponses) {
  const AnswerTo other = AnswerTo::other;
  expect_readings(
      Side::response,
      {
          {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No Content\r\n\r\n",
           "HTTP/1.1 200 OK{Content-Length=2}(ok) HTTP/1.1 204 No Content{}()", "two"},
          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK{Transfer-Encoding=chunked}(2\r\nok\r\n0\r\n\r\n)", "chunked"},
          {"HTTP/1.1 200 OK\r\n\r\nall of it", "HTTP/1.1 200 OK{}(all of it...", "until the connection ends"},
          {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
           "Content-Length: 0\r\n\r\n",
           "HTTP/1.1 100 Continue{}() HTTP/1.1 103 Early Hints{Link=x}() HTTP/1.1 200 OK{Content-Length=0}()",
           "interim answers"},
          {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHTTP/1.1 304 -\r\nContent-Length: 10\r\n\r\n",
           "HTTP/1.1 200 OK{Content-Length=10}() HTTP/1.1 304 -{Content-Length=10}()",
           "HEAD, then 304",
           {AnswerTo::head, other}},
          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
           "1\r\n\r\nx",
           "HTTP/1.1 200 OK{Transfer-Encoding=chunked}() HTTP/1.1 200 OK{Content-Length=1}(x)",
           "HEAD says chunked and has no chunk",
           {AnswerTo::head, other}},
          {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x01\x02",
           "HTTP/1.1 101 Switching Protocols{Upgrade=x}=>tunnel", "a switch"},
          {"HTTP/1.1 200 Go\r\nContent-Length: 9\r\n\r\n\x16\x03",
           "HTTP/1.1 200 Go{Content-Length=9}=>tunnel",
           "a tunnel",
           {AnswerTo::connect}},
          {"HTTP/1.1 502 No\r\nContent-Length: 2\r\n\r\nno",
           "HTTP/1.1 502 No{Content-Length=2}(no)",
           "a refused tunnel",
           {AnswerTo::connect}},
      });
}

TEST(MessageReader, AHeadOfTheGreatestSizePasses) {
  const std::string before = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  for (const size_t size : {1000u, 1001u}) {
    const std::string bytes = before + std::string(size - before.size() - 4, 'x') + "\r\n\r\n";
    for (const size_t step : {bytes.size(), size_t{1}, size_t{999}, size_t{1000}}) {
      Transcript transcript(Side::request, {}, 1000);
      for (size_t i = 0; i < bytes.size(); i += step)
        transcript.feed(std::string_view(bytes).substr(i, step));
      EXPECT_EQ(transcript.text().ends_with("!head_too_large"), size > 1000)
          << size << " in steps of " << step;
    }
  }
}

TEST(MessageReader, AnEndlessHeadIsNotHeld) {
  MessageReader reader(Side::request, 1000);
  Head head;
  const std::string piece(600, 'x');
  std::string_view first = piece;
  EXPECT_EQ(reader.next(first, head).kind, Event::Kind::more);
  EXPECT_EQ(reader.held_bytes(), 600u);
  std::string_view second = piece;
  EXPECT_EQ(reader.next(second, head).fault, Opaque::head_too_large);
}

TEST(MessageReader, AfterAFaultNothingMoreIsSaid) {
  MessageReader reader(Side::request, 1000);
  Head head;
  std::string_view bad = "\x01garbage";
  EXPECT_EQ(reader.next(bad, head).kind, Event::Kind::fault);
  std::string_view good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(reader.next(good, head).kind, Event::Kind::more);
}

TEST(MessageReader, WhereAStreamMayEnd) {
  struct Row {
    const char* bytes;
    bool may_end;
    const char* why;
  };
  for (const Row& row :
       {Row{"", true, "nothing came"}, Row{"HTTP/1.1 2", false, "within a head"},
        Row{"HTTP/1.1 200 -\r\nContent-Length: 2\r\n\r\nx", false, "within a body"},
        Row{"HTTP/1.1 200 -\r\nContent-Length: 2\r\n\r\nxy", true, "behind a body"},
        Row{"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", false, "within chunks"},
        Row{"HTTP/1.1 200 -\r\n\r\nxy", true, "a body that ends so"},
        Row{"HTTP/1.1 101 -\r\n\r\nxy", true, "a tunnel"}}) {
    Transcript transcript(Side::response);
    transcript.feed(row.bytes);
    EXPECT_EQ(transcript.may_end(), row.may_end) << row.why;
  }
}

// The tap reads the head while the first part of the body is taken: what it looks at must stay.
TEST(MessageReader, AHeadHoldsOverItsBody) {
  const std::string bytes = "POST /target HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    MessageReader reader(Side::request, 1000);
    Head head;
    std::string first = bytes.substr(0, cut);
    std::string second = bytes.substr(cut);
    std::string_view rest = first;
    Event event = reader.next(rest, head);
    if (event.kind == Event::Kind::more) {
      first.assign(first.size(), '?');  // the read buffer is used for the next read
      rest = second;
      event = reader.next(rest, head);
    }
    ASSERT_EQ(event.kind, Event::Kind::head) << cut;
    if (!rest.empty()) reader.next(rest, head);
    EXPECT_EQ(head.target(), "/target") << cut;
    reader.forget_head();
    EXPECT_EQ(reader.held_bytes(), 0u) << cut;
  }
}

}  // namespace
}  // namespace umbra::http
