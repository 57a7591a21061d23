// Pairing: which answer belongs to which request, and what the tap is shown.
#include "observer_fixture.h"

namespace umbra::relay {
namespace {

TEST_F(ObserverTest, ARequestAndItsAnswer) {
  EXPECT_TRUE(observer->idle());
  request(kGet);
  EXPECT_FALSE(observer->idle());
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_EQ(tap.all[0].line, "GET /");
  EXPECT_TRUE(tap.all[0].complete);
  EXPECT_EQ(watch.live.ended, 0u);
  response(kOk);
  EXPECT_TRUE(observer->idle());
  EXPECT_EQ(watch.live.exchanges, 1u);
  EXPECT_EQ(watch.live.ended, 1u);
  EXPECT_EQ(watch.live.status[2], 1u);
}

TEST_F(ObserverTest, TheTapNeverSeesARequestBeforeItsHeadIsWhole) {
  request(kGet.substr(0, kGet.size() - 1));
  EXPECT_TRUE(tap.all.empty());
  EXPECT_FALSE(observer->idle()) << "a part of a head has come";
  request("\n");
  EXPECT_EQ(tap.all.size(), 1u);
}

TEST_F(ObserverTest, ABodyIsShownWholeOrInParts) {
  const std::string bytes = post("hello") + post("") + post("x");
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    tap.all.clear();
    request(bytes.substr(0, cut));
    request(bytes.substr(cut));
    ASSERT_EQ(tap.all.size(), 3u) << cut;
    EXPECT_EQ(tap.all[0].body, "hello") << cut;
    EXPECT_EQ(tap.all[1].body, "") << cut;
    EXPECT_EQ(tap.all[2].body, "x") << cut;
    for (const Heard& heard : tap.all) EXPECT_TRUE(heard.complete && !heard.aborted) << cut;
    response(kOk + kOk + kOk);
  }
}

TEST_F(ObserverTest, AChunkedBodyIsShownAsFramed) {
  request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  request("0\r\nX-T: 1\r\n\r\n" + kGet);
  ASSERT_EQ(tap.all.size(), 2u);
  EXPECT_EQ(tap.all[0].body, "3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n");
  EXPECT_TRUE(tap.all[0].complete);
}

TEST_F(ObserverTest, TheClientIsShownWithoutItsPortAndOnlyWhereItIsWanted) {
  struct Row {
    const char* name;
    const char* shown;
  };
  for (const Row& row :
       {Row{"192.0.2.7:4711", "192.0.2.7"}, Row{"[2001:db8::7]:4711", "2001:db8::7"}, Row{"", ""}}) {
    tap.all.clear();
    observer->set_client_name(row.name);
    for (const bool wanted : {true, false}) {
      tap.asks_for_client = wanted;
      request(kGet);
      EXPECT_EQ(tap.all.back().client, wanted ? row.shown : "") << row.name;
    }
    response(kOk + kOk);
  }
}

TEST_F(ObserverTest, ATapMayNotBeInterestedInTheRest) {
  tap.interested = false;
  const std::string bytes = post("hello");
  request(bytes.substr(0, bytes.size() - 3));
  request("llo" + kGet);
  ASSERT_EQ(tap.all.size(), 2u);
  EXPECT_EQ(tap.all[0].body, "he");
}

TEST_F(ObserverTest, PipelinedRequestsGetTheirAnswersInOrder) {
  request(kGet + "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n" + post("x") + kGet);
  EXPECT_EQ(tap.all.size(), 4u);
  const std::string answers = kOk + "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" +
                              "HTTP/1.1 304 -\r\nContent-Length: 5\r\n\r\n" +
                              "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
  for (const char c : answers) response(std::string(1, c));
  EXPECT_TRUE(observer->idle());
  EXPECT_FALSE(observer->opaque());
  EXPECT_EQ(watch.live.status[2], 2u);
  EXPECT_EQ(watch.live.status[3], 1u);
  EXPECT_EQ(watch.live.status[5], 1u);
}

TEST_F(ObserverTest, AnswersWithoutABody) {
  struct Row {
    const char* request;
    const char* answer;
    const char* why;
  };
  for (const Row& row : {Row{"HEAD", "HTTP/1.1 200 -\r\nContent-Length: 9\r\n\r\n", "HEAD"},
                         Row{"HEAD", "HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD, chunked"},
                         Row{"HEAD", "HTTP/1.1 200 -\r\n\r\n", "HEAD, nothing said"},
                         Row{"GET", "HTTP/1.1 204 -\r\n\r\n", "204"},
                         Row{"GET", "HTTP/1.1 204 -\r\nContent-Length: 9\r\n\r\n", "204 with a length"},
                         Row{"GET", "HTTP/1.1 304 -\r\nContent-Length: 9\r\n\r\n", "304"}}) {
    request(row.request + std::string(" / HTTP/1.1\r\nHost: a\r\n\r\n"));
    response(row.answer);
    EXPECT_TRUE(observer->idle()) << row.why;
    EXPECT_FALSE(observer->opaque()) << row.why;
  }
}

TEST_F(ObserverTest, InterimAnswersDoNotAnswer) {
  request("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  response("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(observer->has_pending());
  request("hi");
  response("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  response("HTTP/1.1 199 Odd\r\nContent-Length: 7\r\n\r\n");
  EXPECT_TRUE(observer->has_pending());
  EXPECT_EQ(answered(), 0u) << "the time to the first byte is the final answer's";
  response(kOk);
  EXPECT_TRUE(observer->idle());
  EXPECT_EQ(watch.live.ended, 1u);
  EXPECT_EQ(watch.live.status[1], 0u);
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_EQ(tap.all[0].body, "hi");
}

TEST_F(ObserverTest, AnEarlyAnswerLeavesTheRestOfTheBodyToTheTap) {
  const std::string bytes = post("hello");
  request(bytes.substr(0, bytes.size() - 3));
  response("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(watch.live.ended, 1u);
  EXPECT_FALSE(observer->idle()) << "its body is still coming";
  request("llo" + kGet);
  ASSERT_EQ(tap.all.size(), 2u);
  EXPECT_EQ(tap.all[0].body, "hello");
  EXPECT_TRUE(tap.all[0].complete);
  response(kOk);
  EXPECT_TRUE(observer->idle());
}

TEST_F(ObserverTest, AnAnswerThatEndsWithItsConnection) {
  request(kGet);
  response("HTTP/1.1 200 OK\r\n\r\nall");
  response(" of it");
  EXPECT_TRUE(observer->has_pending());
  observer->on_app_end();
  EXPECT_FALSE(observer->has_pending());
  EXPECT_EQ(watch.live.status[2], 1u);
}

TEST_F(ObserverTest, AnAnswerCutShortHasNoEnd) {
  request(kGet);
  response("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall");
  observer->on_app_end();
  EXPECT_TRUE(observer->has_pending());
  observer->on_session_end(Abort::client_aborted);
  EXPECT_EQ(watch.live.ended, 1u);
}

TEST_F(ObserverTest, AnAppThatEndsBetweenAnswersEndsNone) {
  request(kGet + kGet);
  response(kOk);
  observer->on_app_end();
  EXPECT_TRUE(observer->has_pending()) << "the second was never answered";
  observer->on_session_end(Abort::client_aborted);
  EXPECT_EQ(watch.live.status[0], 1u) << "which is counted as no status";
}

TEST_F(ObserverTest, TheClientGoesWithinItsRequest) {
  request(post("hello").substr(0, 50));
  observer->on_session_end(Abort::client_aborted);
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_TRUE(tap.all[0].aborted);
  EXPECT_EQ(tap.all[0].why, Abort::client_aborted);
  EXPECT_FALSE(tap.all[0].complete);
}

TEST_F(ObserverTest, TheClientGoesBehindItsRequest) {
  request(post("hello"));
  observer->on_session_end(Abort::client_aborted);
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_TRUE(tap.all[0].complete) << "a complete copy outlives its client";
  EXPECT_FALSE(tap.all[0].aborted);
}

TEST_F(ObserverTest, WithoutAnAppNothingIsCopiedButAllIsCounted) {
  const std::string bytes = post("hello");
  request(bytes.substr(0, bytes.size() - 3));
  observer->stop_copying();
  ASSERT_EQ(tap.all.size(), 1u);
  EXPECT_TRUE(tap.all[0].aborted) << "what the app does not get whole, no shadow gets whole";
  request("llo" + kGet);
  EXPECT_EQ(tap.all.size(), 1u);
  EXPECT_EQ(watch.live.exchanges, 2u);
  EXPECT_TRUE(observer->has_pending());
}

TEST_F(ObserverTest, KnowsWhetherTheNextAnswerIsToAHead) {
  EXPECT_FALSE(observer->next_answer_is_to_head());
  request(kGet + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(observer->next_answer_is_to_head());
  response(kOk);
  EXPECT_TRUE(observer->next_answer_is_to_head());
}

TEST(ObserverWithoutATap, FollowsAllTheSame) {
  Watch watch;
  Observer observer(watch);
  const std::string bytes = post("hello");
  for (const char c : bytes) {
    const std::string one(1, c);
    Passing passing(one);
    observer.on_request_bytes(passing);
  }
  observer.on_response_bytes(kOk);
  EXPECT_EQ(watch.live.ended, 1u);
}

TEST(ObserverWithALog, OneLineAnExchange) {
  Watch watch;
  RecordingTap tap;
  tap.copied_to = 0b101;
  watch.tap = &tap;
  std::string out;
  AccessLog log(AccessLog::Format::logfmt, {"one", "two", "three"},
                [&](const std::string& block) { out += block; });
  watch.access_log = &log;
  Observer observer(watch);
  observer.set_client_name("127.0.0.1:9");
  const std::string bytes = post("hello");
  Passing passing(bytes);
  observer.on_request_bytes(passing);
  observer.on_response_bytes(kOk.substr(0, 10));
  observer.on_response_bytes(kOk.substr(10));
  log.flush();
  EXPECT_NE(out.find(" client=\"127.0.0.1:9\" method=\"POST\" target=\"/p\" status=200 request_body_bytes=5 "
                     "response_bytes=" +
                     std::to_string(kOk.size()) + " "),
            out.npos)
      << out;
  EXPECT_NE(out.find("copied_to=\"one,three\"\n"), out.npos) << out;
}

}  // namespace
}  // namespace umbra::relay
