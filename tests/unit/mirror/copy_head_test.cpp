// What stays in a copy's head, what goes, what is put in: byte for byte.
#include "umbra/mirror/copy_head.h"

#include <gtest/gtest.h>

#include <string>

namespace umbra::mirror {
namespace {

constexpr std::string_view kHost = "Host: shadow:1\r\n";
constexpr std::string_view kMarker = "Umbra-Copy: next\r\n";

class CopyHeadTest : public testing::Test {
 protected:
  std::string copy(std::string_view head, std::string_view host = kHost, std::string_view marker = kMarker) {
    Opaque reason = Opaque::none;
    EXPECT_EQ(head_.parse(http::Side::request, head, reason), http::Head::Verdict::complete) << head;
    EXPECT_TRUE(copy_head_.plan(head_));
    const size_t most = copy_head_.size(host, marker);
    Chunk chunk = Chunk::with_room(most);
    copy_head_.write(chunk, host, marker);
    return std::string(chunk.view());
  }

  // Reused from test row to test row, as a mirror does.
  http::Head head_;
  CopyHead copy_head_;
};

TEST_F(CopyHeadTest, HeadsByteForByte) {
  struct Row {
    std::string head;
    std::string copy;
    const char* why;
  };
  for (const Row& row : {
           Row{"GET /a//b/../%7e?x=%41&& HTTP/1.1\r\nHost: app\r\n\r\n",
               "GET /a//b/../%7e?x=%41&& HTTP/1.1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n",
               "the target is not touched"},
           Row{"GET / HTTP/1.1\r\nA: 1\r\nhOST:app\r\nB: 2\r\na:  3 \r\n\r\n",
               "GET / HTTP/1.1\r\nA: 1\r\nHost: shadow:1\r\nB: 2\r\na:  3 \r\nUmbra-Copy: next\r\n\r\n",
               "Host where it stood; order, case, blanks and duplicates of the others kept"},
           Row{"GET / HTTP/1.1\r\nA: 1\r\nHost: app\r\n\r\n",
               "GET / HTTP/1.1\r\nA: 1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n", "Host last"},
           Row{"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n",
               "HTTP/1.0 without Host gets one, for umbra's own connection speaks 1.1"},
           Row{"GET / HTTP/1.0\r\nA: 1\r\nHost: app\r\nB: 2\r\n\r\n",
               "GET / HTTP/1.1\r\nA: 1\r\nHost: shadow:1\r\nB: 2\r\nUmbra-Copy: next\r\n\r\n",
               "HTTP/1.0 with Host"},
           Row{"GET / HTTP/1.0\r\nA: 1\r\n\r\n",
               "GET / HTTP/1.1\r\nHost: shadow:1\r\nA: 1\r\nUmbra-Copy: next\r\n\r\n",
               "Host comes first then"},
           Row{"POST / HTTP/1.1\r\nHost: app\r\nConnection: close\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
               "Upgrade: h2c\r\nExpect: 100-continue\r\nProxy-Authorization: secret\r\nProxy-Connection: "
               "close\r\n"
               "Content-Length: 3\r\n\r\n",
               "POST / HTTP/1.1\r\nHost: shadow:1\r\nContent-Length: 3\r\nUmbra-Copy: next\r\n\r\n",
               "hop-by-hop fields and Expect, listed or not"},
           Row{"GET / HTTP/1.1\r\nHost: app\r\nX-Foo: 1\r\nConnection: close, x-FOO ,\r\nX-Bar: 2\r\n"
               "connection:\tX-BAR\r\nX-Foobar: 3\r\n\r\n",
               "GET / HTTP/1.1\r\nHost: shadow:1\r\nX-Foobar: 3\r\nUmbra-Copy: next\r\n\r\n",
               "what any Connection line names, in any case"},
           Row{"POST / HTTP/1.1\r\nHost: app\r\nConnection: content-length, host\r\nContent-Length: "
               "3\r\n\r\n",
               "POST / HTTP/1.1\r\nHost: shadow:1\r\nContent-Length: 3\r\nUmbra-Copy: next\r\n\r\n",
               "Connection cannot take the framing or Host away"},
           Row{"POST / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\nConnection: "
               "Transfer-Encoding\r\n"
               "Trailer: T\r\n\r\n",
               "POST / HTTP/1.1\r\nHost: shadow:1\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n"
               "Umbra-Copy: next\r\n\r\n",
               "chunked stays chunked"},
           Row{"GET / HTTP/1.1\r\nHost: app\r\nConnection: umbra-copy\r\n\r\n",
               "GET / HTTP/1.1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n",
               "Connection cannot take the marker away: it is added after"},
           Row{"GET http://app/x HTTP/1.1\r\nHost: app\r\n\r\n",
               "GET http://app/x HTTP/1.1\r\nHost: shadow:1\r\nUmbra-Copy: next\r\n\r\n",
               "absolute-form as it is"},
           Row{"FROB * HTTP/1.1\r\nHost: app\r\nCookie: a=1; b=2\r\nAuthorization: x\r\nVia: 1.1 "
               "vegur\r\n\r\n",
               "FROB * HTTP/1.1\r\nHost: shadow:1\r\nCookie: a=1; b=2\r\nAuthorization: x\r\nVia: 1.1 "
               "vegur\r\n"
               "Umbra-Copy: next\r\n\r\n",
               "end-to-end fields stay, known or not"},
           Row{"GET / HTTP/1.1\r\nHost: app\r\nX: \xe4\t\xff\r\n\r\n",
               "GET / HTTP/1.1\r\nHost: shadow:1\r\nX: \xe4\t\xff\r\nUmbra-Copy: next\r\n\r\n",
               "bytes as they are"},
       }) {
    EXPECT_EQ(copy(row.head), row.copy) << row.why;
  }
}

TEST_F(CopyHeadTest, TheMarkerCanBeOff) {
  EXPECT_EQ(copy("GET / HTTP/1.1\r\nHost: app\r\n\r\n", kHost, ""),
            "GET / HTTP/1.1\r\nHost: shadow:1\r\n\r\n");
}

TEST_F(CopyHeadTest, OnePlanServesAllShadows) {
  Opaque reason = Opaque::none;
  ASSERT_EQ(head_.parse(http::Side::request, "GET / HTTP/1.1\r\nA: 1\r\nHost: app\r\nTE: x\r\nB: 2\r\n\r\n",
                        reason),
            http::Head::Verdict::complete);
  ASSERT_TRUE(copy_head_.plan(head_));
  Chunk out = Chunk::with_room(1000);
  copy_head_.write(out, "Host: one\r\n", "");
  copy_head_.write(out, "Host: two\r\n", kMarker);
  EXPECT_EQ(out.view(),
            "GET / HTTP/1.1\r\nA: 1\r\nHost: one\r\nB: 2\r\n\r\n"
            "GET / HTTP/1.1\r\nA: 1\r\nHost: two\r\nB: 2\r\nUmbra-Copy: next\r\n\r\n");
}

TEST_F(CopyHeadTest, ManyRunsAreJoinedInTheirOrder) {
  std::string head = "GET / HTTP/1.1\r\nHost: app\r\n";
  std::string expected = "GET / HTTP/1.1\r\nHost: shadow:1\r\n";
  for (size_t i = 0; i < (http::kFieldsMax - 1) / 2; ++i) {
    const std::string line = "X-" + std::to_string(i) + ": v\r\n";
    head += line + "Keep-Alive: v\r\n";
    expected += line;
  }
  EXPECT_TRUE(copy(head + "\r\n") == expected + std::string(kMarker) + "\r\n");
}

TEST_F(CopyHeadTest, EveryProxyFieldGoesHoweverLongItsName) {
  for (size_t length = 1; length <= 20; ++length) {
    const std::string name = "Proxy-" + std::string(length, 'x');
    EXPECT_EQ(copy("GET / HTTP/1.1\r\nHost: app\r\n" + name + ": v\r\n\r\n", kHost, ""),
              "GET / HTTP/1.1\r\nHost: shadow:1\r\n\r\n")
        << name;
  }
}

TEST_F(CopyHeadTest, ConnectionMayNameSoManyFieldsAndNoMore) {
  for (const size_t count : {CopyHead::kHopOptionsMax, CopyHead::kHopOptionsMax + 1}) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: app\r\nConnection: x";
    for (size_t i = 1; i < count; ++i) bytes += ",x" + std::to_string(i);
    bytes += "\r\nX1: v\r\n\r\n";
    Opaque reason = Opaque::none;
    ASSERT_EQ(head_.parse(http::Side::request, bytes, reason), http::Head::Verdict::complete);
    EXPECT_EQ(copy_head_.plan(head_), count == CopyHead::kHopOptionsMax);
  }
}

}  // namespace
}  // namespace umbra::mirror
