// What the app gets: the bytes that the client sent and what was asked for, however they are cut.
#include "umbra/relay/live_edit.h"

#include <gtest/gtest.h>

#include <set>

namespace umbra::relay {
namespace {

constexpr const char* kClient = "192.0.2.7";

class LiveEditTest : public testing::Test {
 protected:
  static LiveEdits forwarded() { return {.forwarded_append = true}; }
  static LiveEdits both() { return {.forwarded_append = true, .request_id = "X-Request-ID"}; }

  void use(const LiveEdits& edits, std::string client = kClient, bool secure = false) {
    edit.reset();
    editor = std::make_unique<LiveEditor>(edits, head, counters);
    edit = std::make_unique<LiveEdit>(*editor, std::move(client), secure);
  }
  std::string take(std::string_view bytes, Opaque lost = Opaque::none) {
    const std::string memory(bytes);
    return std::string(edit->take(memory, lost));
  }
  std::string edited_in_parts(const LiveEdits& edits, const std::vector<std::string>& parts) {
    use(edits);
    std::string out;
    for (const std::string& part : parts) out += take(part);
    return out + edit->release();
  }
  // All of it at once, in two pieces cut everywhere, and byte by byte: with the same result.
  std::string edited(const LiveEdits& edits, const std::string& bytes) {
    const std::string whole = edited_in_parts(edits, {bytes});
    std::vector<std::string> single;
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
      EXPECT_EQ(edited_in_parts(edits, {bytes.substr(0, cut), bytes.substr(cut)}), whole) << "cut at " << cut;
    }
    for (const char c : bytes) single.emplace_back(1, c);
    EXPECT_EQ(edited_in_parts(edits, single), whole) << "byte by byte";
    return whole;
  }

  http::Head head;
  metrics::SessionCounters counters;
  std::unique_ptr<LiveEditor> editor;
  std::unique_ptr<LiveEdit> edit;
};

TEST_F(LiveEditTest, ForwardedFieldsAreAppendedOrAdded) {
  struct Row {
    const char* why;
    const char* fields;
    const char* edited;
  };
  const std::string proto = "X-Forwarded-Proto: http\r\n";
  for (const Row& row : {
           Row{"none", "A: 1\r\n", "A: 1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"},
           Row{"one", "X-Forwarded-For: 10.0.0.1\r\nA: 1\r\n",
               "X-Forwarded-For: 10.0.0.1, 192.0.2.7\r\nA: 1\r\nX-Forwarded-Proto: http\r\n"},
           Row{"in other letters, with blanks", "x-FORWARDED-for:\t10.0.0.1, 10.0.0.2 \t\r\n",
               "x-FORWARDED-for:\t10.0.0.1, 10.0.0.2, 192.0.2.7 \t\r\nX-Forwarded-Proto: http\r\n"},
           Row{"two", "X-Forwarded-For: 10.0.0.1\r\nA: 1\r\nX-Forwarded-For: 10.0.0.2\r\n",
               "X-Forwarded-For: 10.0.0.1\r\nA: 1\r\nX-Forwarded-For: 10.0.0.2, 192.0.2.7\r\n"
               "X-Forwarded-Proto: http\r\n"},
           Row{"an empty one", "X-Forwarded-For:\r\n",
               "X-Forwarded-For:192.0.2.7\r\nX-Forwarded-Proto: http\r\n"},
           Row{"a blank one", "X-Forwarded-For: \r\n",
               "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"},
           Row{"a protocol", "x-forwarded-proto: https\r\n",
               "x-forwarded-proto: https\r\nX-Forwarded-For: 192.0.2.7\r\n"},
           Row{"names that begin alike", "X-Forwarded: 1\r\nX-Forwarded-Fo: 1\r\nX-Forwarded-Form: 1\r\n",
               "X-Forwarded: 1\r\nX-Forwarded-Fo: 1\r\nX-Forwarded-Form: 1\r\nX-Forwarded-For: 192.0.2.7\r\n"
               "X-Forwarded-Proto: http\r\n"},
           Row{"RFC 7239's", "Forwarded: for=10.0.0.1\r\n",
               "Forwarded: for=10.0.0.1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"},
       }) {
    const std::string line = "GET /a?b HTTP/1.1\r\nHost: a\r\n";
    EXPECT_EQ(edited(forwarded(), line + row.fields + "\r\n"), line + row.edited + "\r\n") << row.why;
  }
  EXPECT_EQ(counters.live_unedited, 0u);
}

TEST_F(LiveEditTest, AClientThatSpeaksTlsAndOneWithoutAnAddress) {
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
  use(forwarded(), "2001:db8::7", true);
  EXPECT_EQ(take(request + "\r\n"),
            request + "X-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: https\r\n\r\n");
  use(forwarded(), "");
  EXPECT_EQ(take(request + "X-Forwarded-For: 1.2.3.4\r\n\r\n"),
            request + "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http\r\n\r\n");
}

TEST_F(LiveEditTest, ARequestWithoutAnIdGetsOneOfItsOwn) {
  use({.request_id = "X-Request-ID"});
  const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\n";
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) {
    const std::string out = take(begin + "\r\n");
    const std::string before = begin + "X-Request-ID: ";
    ASSERT_EQ(out.size(), before.size() + 32 + 4);
    EXPECT_TRUE(out.starts_with(before) && out.ends_with("\r\n\r\n")) << out;
    const std::string id = out.substr(before.size(), 32);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), id.npos) << id;
    EXPECT_TRUE(ids.insert(id).second) << "twice: " << id;
  }
  const std::string known = begin + "x-request-id: 7\r\n\r\n";
  EXPECT_EQ(take(known), known);
}

const std::string kBegin = "POST / HTTP/1.1\r\nHost: a\r\n";
const std::string kAdded = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n";

TEST_F(LiveEditTest, EveryRequestOfAConnectionIsEditedAndNoBody) {
  const std::string with_length = "Content-Length: 28\r\n";
  const std::string body = "GET / HTTP/1.1\r\nHost: a\r\n\r\n\x01";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string chunks = "1c;x=y\r\n" + body + "\r\n0\r\nX-Forwarded-For: trailer\r\n\r\n";
  EXPECT_EQ(edited(forwarded(), kBegin + with_length + "\r\n" + body + kBegin + "\r\n" + "\r\n" + kBegin +
                                    chunked + "\r\n" + chunks + kBegin + "\r\n"),
            kBegin + with_length + kAdded + "\r\n" + body + kBegin + kAdded + "\r\n" + "\r\n" + kBegin +
                chunked + kAdded + "\r\n" + chunks + kBegin + kAdded + "\r\n");
  EXPECT_EQ(counters.live_unedited, 0u);
}

TEST_F(LiveEditTest, OnlyAHeadThatIsNotWholeIsHeldBack) {
  use(forwarded());
  EXPECT_EQ(take("\r\n"), "\r\n") << "empty lines are no head yet";
  EXPECT_EQ(edit->held_bytes(), 0u);
  EXPECT_EQ(take(kBegin), "");
  EXPECT_EQ(edit->held_bytes(), kBegin.size());
  EXPECT_EQ(take("Content-Length: 5\r\n\r\nab"), kBegin + "Content-Length: 5\r\n" + kAdded + "\r\nab");
  EXPECT_EQ(edit->held_bytes(), 0u);
  EXPECT_EQ(take("c"), "c");
  EXPECT_EQ(take("deGET"), "de");
  EXPECT_EQ(edit->release(), "GET") << "the client's FIN";
  EXPECT_EQ(counters.live_unedited, 1u);
}

TEST_F(LiveEditTest, WhatCannotBeFollowedPassesAsItIs) {
  for (const std::string& bytes :
       {std::string("EHLO a\r\nMAIL FROM:<b>\r\n"), std::string("\x16\x03\x01\x02\x00"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4", 28),
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n",
        std::string("GET / HTTP/1.1\nHost: a\n\nmore"),
        kBegin + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kBegin + "\r\n",
        std::string("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    counters = {};
    if (bytes.size() < 1000) {
      EXPECT_EQ(edited(forwarded(), bytes), bytes) << bytes;
    } else {
      use(forwarded());
      const std::string first = take(bytes.substr(0, 100));
      EXPECT_EQ(first + take(bytes.substr(100)), bytes);
    }
    EXPECT_GT(counters.live_unedited, 0u) << bytes.substr(0, 40);
    EXPECT_EQ(take(kBegin + "\r\n"), kBegin + "\r\n") << "and so does the rest";
  }
}

TEST_F(LiveEditTest, AFaultBehindASoundRequestIsCountedOnce) {
  use(forwarded());
  EXPECT_EQ(take(kBegin + "\r\n" + "bad\r\n"), kBegin + kAdded + "\r\n" + "bad\r\n");
  EXPECT_EQ(take(kBegin + "\r\n"), kBegin + "\r\n");
  EXPECT_EQ(edit->release(), "");
  EXPECT_EQ(counters.live_unedited, 1u);
}

TEST_F(LiveEditTest, AHeadThatTheEditsWouldMakeTooLargePassesAsItIs) {
  use(both());
  const std::string large = kBegin + "X: " + std::string(kHeadMax - kBegin.size() - 7, 'x') + "\r\n\r\n";
  ASSERT_EQ(large.size(), kHeadMax);
  EXPECT_EQ(take(large), large);
  EXPECT_EQ(counters.live_unedited, 1u);
  std::string many = kBegin;
  for (size_t i = 2; i <= http::kFieldsMax; ++i) many += "a:\r\n";
  EXPECT_EQ(take(many + "\r\n"), many + "\r\n");
  EXPECT_NE(take(kBegin + "\r\n"), kBegin + "\r\n") << "the next one is edited again";
  EXPECT_EQ(counters.live_unedited, 1u);
}

const std::string kUpgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";

TEST_F(LiveEditTest, BehindAnUpgradeTheObserverDecides) {
  use(forwarded());
  EXPECT_EQ(take(kUpgrade + "\r\n"), kUpgrade + kAdded + "\r\n");
  EXPECT_EQ(take("\x81\x05hello", Opaque::tunnel), "\x81\x05hello");
  EXPECT_EQ(counters.live_unedited, 0u) << "a WebSocket's bytes are no requests";

  use(forwarded());
  EXPECT_EQ(take(kUpgrade + "\r\n"), kUpgrade + kAdded + "\r\n");
  EXPECT_EQ(take(kBegin + "\r\n"), kBegin + kAdded + "\r\n") << "the app has declined";

  use(forwarded());
  EXPECT_EQ(take(kUpgrade + "\r\n" + kBegin + "\r\n"), kUpgrade + kAdded + "\r\n" + kBegin + "\r\n");
  EXPECT_EQ(counters.live_unedited, 1u) << "sent before it was decided";
  EXPECT_EQ(take(kBegin + "\r\n"), kBegin + "\r\n");
}

TEST_F(LiveEditTest, AnUpgradeWithABodyIsDecidedBehindIt) {
  use(forwarded());
  const std::string begin = kUpgrade + "Content-Length: 4\r\n";
  EXPECT_EQ(take(begin + "\r\nab"), begin + kAdded + "\r\nab");
  EXPECT_EQ(take("cd" + kBegin + "\r\n"), "cd" + kBegin + "\r\n") << "not decided yet";
  EXPECT_EQ(counters.live_unedited, 1u);
}

TEST_F(LiveEditTest, WhatIsHeldComesOutWhenTheObserverLosesTrack) {
  use(forwarded());
  EXPECT_EQ(take("GET / HT"), "");
  EXPECT_EQ(take("TP", Opaque::server_first), "GET / HTTP");
  EXPECT_EQ(counters.live_unedited, 1u);
}

TEST_F(LiveEditTest, ABodyIsNotCopied) {
  use(forwarded());
  static_cast<void>(take(kBegin + "Content-Length: 100000\r\n\r\n"));
  const std::string part(50'000, 'x');
  EXPECT_EQ(edit->take(part, Opaque::none).data(), part.data());
}

TEST(LiveEditsDescribed, EachActiveOneHasALine) {
  EXPECT_TRUE(describe({}).empty());
  const auto lines = describe({true, "X-Id", ProxyProtocol::any, ProxyProtocol::v2});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_NE(lines[0].find("PROXY header (v1 or v2) is expected"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("the app is sent a PROXY header (v2)"), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find("X-Forwarded-For"), std::string::npos) << lines[2];
  EXPECT_NE(lines[3].find("X-Id"), std::string::npos) << lines[3];
}

}  // namespace
}  // namespace umbra::relay
