// The faults of em-proxy, which stood where umbra stands, one test each: docs/from-gor.md has the table.  The
// faults of the script that started it are in tests/wrapper.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "integration/arena.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::eventually;
using support::Millis;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

constexpr Millis kLong{60'000};
constexpr size_t kUpload = size_t{64} << 20;
const std::string kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

void answers_uploads(OriginConnection& c) {
  c.read_request(kLong);
  c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}
void never_reads(OriginConnection& c) { c.hold(kLong); }

std::string upload() {
  return "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kUpload) + "\r\n\r\n" +
         std::string(kUpload, 'u');
}

// "duplex accepts but never reads; client uploads 200 MB: RSS 19 -> 235 MB".
TEST(EmProxy, AShadowThatNeverReadsDoesNotMakeMemoryGrow) {
  ScriptedOrigin app(answers_uploads, {.record_max = 1024});
  ScriptedOrigin shadow(never_reads, {.receive_buffer = 4096});
  auto options = support::proxy_options(app.address(), {shadow.address()});
  options.mirror.memory = 8 << 20;
  RunningProxy umbra(options);
  std::atomic<uint64_t> most = 0;
  std::atomic<bool> over = false;
  std::thread watcher([&] {
    while (!over) most = std::max(most.load(), umbra.shadow().held_bytes);
  });
  TestClient client(umbra.port());
  EXPECT_EQ(support::status_of(client.send(upload(), kLong) ? client.read_answer(kLong) : ""), 200U);
  over = true;
  watcher.join();
  EXPECT_LE(most, options.mirror.memory / 2) << "a shadow's share";
  EXPECT_TRUE(eventually([&] { return umbra.shadow().held_bytes == 0; })) << "it is given back";
  EXPECT_EQ(umbra.shadow().seen, umbra.shadow().accounted()) << "the copy that was lost is counted";
}

// "the connection to the stalled duplex stays open with its buffer for ever".
TEST(EmProxy, AStalledShadowsConnectionEndsWithItsCopy) {
  ScriptedOrigin app(support::serve_http);
  ScriptedOrigin shadow([](OriginConnection& c) { c.wait_for_end(); });
  auto options = support::proxy_options(app.address(), {shadow.address()});
  options.mirror.timeout = 300 * kMillisecond;
  RunningProxy umbra(options);
  {
    TestClient client(umbra.port());
    EXPECT_EQ(support::status_of(client.exchange(kGet)), 200U);
  }
  EXPECT_TRUE(shadow.wait_until_over()) << "the client has gone, and the copy's time is over";
  EXPECT_TRUE(eventually([&] { return umbra.shadow().in_flight == 0; }));
}

// "relay port refused (app still booting): zero bytes; yet the request is delivered to the duplex".
TEST(EmProxy, WithoutTheAppTheClientIsToldAndNothingIsCopied) {
  ScriptedOrigin app(support::serve_http, {.listening = false});
  ScriptedOrigin shadow(support::serve_http);
  RunningProxy umbra(support::proxy_options(app.address(), {shadow.address()}));
  TestClient client(umbra.port());
  EXPECT_EQ(support::status_of(client.exchange(kGet)), 502U);
  EXPECT_EQ(shadow.connections(), 0U);
}

// "client half-closes after the request, app answers 0.5 s later: EOF, no response".
TEST(EmProxy, AHalfClosedClientGetsItsAnswer) {
  ScriptedOrigin app([](OriginConnection& c) {
    c.read_request();
    EXPECT_TRUE(c.wait_for_end()) << "the app sees the client's end";
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient client(umbra.port());
  client.send(kGet);
  client.half_close();
  EXPECT_EQ(support::body_of(client.read_until_eof()), "late");
}

// "-s unix.sock: the client never gets a response".
TEST(EmProxy, AnAppOnAUnixSocketAnswers) {
  const std::string path = testing::TempDir() + "em-proxy-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  std::thread app([&] {
    support::Wire wire(::accept(listener, nullptr, nullptr));
    wire.read_message(support::MessageKind::request);
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    wire.wait_for_end();
  });
  {
    RunningProxy umbra(support::proxy_options({net::Address::Kind::unix_path, "", 0, path}));
    TestClient client(umbra.port());
    EXPECT_EQ(support::body_of(client.exchange(kGet)), "ok");
  }
  app.join();
  ::close(listener);
  ::unlink(path.c_str());
}

// "duplex host does not resolve: em-proxy exits 1"; "too many open files" is in integration_live_leg
// (Descriptors).
TEST(EmProxy, AShadowWhoseNameDoesNotResolveEndsNothing) {
  ScriptedOrigin app(support::serve_http);
  RunningProxy umbra(
      support::proxy_options(app.address(), {{net::Address::Kind::tcp, "no-such-host.invalid", 80, ""}}));
  for (int i = 0; i < 3; ++i) {
    TestClient client(umbra.port());
    EXPECT_EQ(support::status_of(client.exchange(kGet)), 200U);
  }
  EXPECT_TRUE(eventually([&] {
    const auto shadow = umbra.shadow();
    return shadow.in_flight == 0 && shadow.seen == 3 && shadow.accounted() == 3;
  })) << outcomes(umbra.shadow());
}

// "duplex closes after the first of three keep-alive requests: duplex saw 1 of 3".
TEST(EmProxy, AShadowThatClosesAfterEachAnswerGetsAllThree) {
  ScriptedOrigin app(support::serve_http);
  ScriptedOrigin shadow([](OriginConnection& c) {
    if (!c.read_request().empty())
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  RunningProxy umbra(support::proxy_options(app.address(), {shadow.address()}));
  TestClient client(umbra.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(support::status_of(client.exchange(kGet)), 200U);
  EXPECT_TRUE(shadow.wait_for_requests(3));
  EXPECT_TRUE(eventually([&] { return umbra.shadow().completed == 3; })) << outcomes(umbra.shadow());
}

// "duplex port refused: relay unaffected, silent".
TEST(EmProxy, ARefusingShadowIsNotSilent) {
  ScriptedOrigin app(support::serve_http);
  const ScriptedOrigin shadow(support::serve_http, {.listening = false});
  RunningProxy umbra(support::proxy_options(app.address(), {shadow.address()}));
  TestClient client(umbra.port());
  EXPECT_EQ(support::status_of(client.exchange(kGet)), 200U);
  EXPECT_TRUE(eventually([&] { return umbra.shadow().failed[Fail::connect] == 1; }))
      << outcomes(umbra.shadow());
}

// "SIGTERM with a request in flight: in-flight client gets EOF".
TEST(EmProxy, ARequestInFlightIsAnsweredWhenItEnds) {
  ScriptedOrigin app([](OriginConnection& c) {
    c.read_request();
    c.hold();
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
  });
  RunningProxy umbra(support::proxy_options(app.address()));
  TestClient client(umbra.port());
  client.send(kGet);
  ASSERT_TRUE(app.wait_for_requests(1));
  umbra.drain();
  app.release();
  EXPECT_EQ(support::body_of(client.read_answer()), "late");
  EXPECT_TRUE(umbra.wait_until_ended());
}

}  // namespace
}  // namespace umbra::integration
