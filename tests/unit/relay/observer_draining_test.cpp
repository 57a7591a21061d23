// The one exception to the first promise: while draining, the last answer's head says Connection: close.
#include "observer_fixture.h"

namespace umbra::relay {
namespace {

class ObserverDraining : public ObserverTest {
 protected:
  std::string drained(std::string_view bytes) {
    std::string out;
    observer->on_response_bytes_draining(bytes, out);
    return out;
  }
  std::string drained_byte_by_byte(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) observer->on_response_bytes_draining(std::string(1, c), out);
    return out;
  }
};

constexpr std::string_view kMarked = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

TEST_F(ObserverDraining, TheAnswerIsMarked) {
  request(kGet);
  EXPECT_EQ(drained(kOk), kMarked);
  EXPECT_TRUE(observer->idle());
}

TEST_F(ObserverDraining, AlsoWhenItComesByteByByte) {
  request(kGet);
  EXPECT_EQ(drained_byte_by_byte(kOk), kMarked);
  EXPECT_TRUE(observer->idle());
}

TEST_F(ObserverDraining, OnlyTheLastOfSeveralIs) {
  request(kGet + kGet + kGet);
  EXPECT_EQ(drained(kOk + kOk + kOk), kOk + kOk + std::string(kMarked));
}

TEST_F(ObserverDraining, InterimAnswersAreNot) {
  request(kGet);
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  EXPECT_EQ(drained_byte_by_byte(interim + kOk), interim + std::string(kMarked));
}

TEST_F(ObserverDraining, WhatTheAppSaysOfTheConnectionIsReplaced) {
  request(kGet);
  EXPECT_EQ(drained("HTTP/1.1 204 -\r\nconnection: keep-alive\r\nKeep-Alive: timeout=5\r\nX: 1\r\n\r\n"),
            "HTTP/1.1 204 -\r\nX: 1\r\nConnection: close\r\n\r\n");
}

TEST_F(ObserverDraining, AnAnswerThatHasBegunGoesOnAsItIs) {
  for (size_t begun = 1; begun < kOk.size(); ++begun) {
    observer = std::make_unique<Observer>(watch);
    request(kGet);
    response(kOk.substr(0, begun));
    EXPECT_EQ(drained_byte_by_byte(kOk.substr(begun)), kOk.substr(begun)) << begun;
    EXPECT_TRUE(observer->idle()) << begun;
  }
}

TEST_F(ObserverDraining, AndTheOneBehindItIsMarked) {
  request(kGet + kGet);
  response(kOk.substr(0, 30));
  EXPECT_EQ(drained_byte_by_byte(kOk.substr(30) + kOk), kOk.substr(30) + std::string(kMarked));
}

TEST_F(ObserverDraining, AHeadIsHeldUntilItIsWhole) {
  request(kGet);
  EXPECT_EQ(drained("HTTP/1.1 200 OK\r\nContent-"), "");
  EXPECT_EQ(drained("Length: 2\r\n\r\no"), kMarked.substr(0, kMarked.size() - 1));
  EXPECT_EQ(drained("k"), "k");
}

TEST_F(ObserverDraining, EveryWayOfFraming) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
  const std::string body = "2;x=y\r\nok\r\n0\r\nT: 1\r\n\r\n";
  request(kGet);
  EXPECT_EQ(drained_byte_by_byte(head + "\r\n" + body), head + "Connection: close\r\n\r\n" + body);
  request(kGet);
  EXPECT_EQ(drained_byte_by_byte("HTTP/1.0 200 OK\r\n\r\nuntil the end"),
            "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nuntil the end");
}

TEST_F(ObserverDraining, WhatCannotBeFollowedPassesAsItIs) {
  for (const std::string& bytes :
       {std::string("garbage"), std::string("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n",
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
        std::string("HTTP/1.1 101 -\r\nUpgrade: x\r\n\r\n\x01\x02")}) {
    for (const bool whole : {true, false}) {
      observer = std::make_unique<Observer>(watch);
      request(kGet);
      EXPECT_EQ(whole ? drained(bytes) : drained_byte_by_byte(bytes), bytes) << bytes.substr(0, 60);
      EXPECT_TRUE(observer->opaque()) << bytes.substr(0, 60);
    }
  }
}

TEST_F(ObserverDraining, BytesThatNobodyAskedForPassAsTheyAre) {
  EXPECT_EQ(drained("220 mail\r\n"), "220 mail\r\n");
  EXPECT_EQ(opaque(Opaque::server_first), 1u);
}

TEST_F(ObserverDraining, BytesBehindTheLastAnswerPassToo) {
  request(kGet);
  EXPECT_EQ(drained(kOk + "more"), std::string(kMarked) + "more");
}

TEST(ObserverDrainingLog, CountsTheBytesOfTheAnswer) {
  Watch watch;
  std::string out;
  AccessLog log(AccessLog::Format::logfmt, {}, [&](const std::string& block) { out += block; });
  watch.access_log = &log;
  Observer observer(watch);
  Passing passing(kGet);
  observer.on_request_bytes(passing);
  std::string relayed;
  observer.on_response_bytes_draining(kOk, relayed);
  log.flush();
  EXPECT_NE(out.find("response_bytes=" + std::to_string(kOk.size()) + " "), out.npos) << out;
}

}  // namespace
}  // namespace umbra::relay
