// Copies of whole connections, with real sockets at the shadow's end and sessions that the test plays.
#include <gtest/gtest.h>

#include "net/loop_fixture.h"
#include "umbra/mirror/raw_shadows.h"

namespace umbra::mirror {
namespace {

using net::Peer;

constexpr size_t kMiB = 1024 * 1024;

struct Host final : ShadowHost {
  http::Head& head_scratch() override { return head; }
  void on_shadow_busy() override { turn_end->arm(); }
  void on_shadow_quiet() override { ++quiet; }
  http::Head head;
  net::TurnEnd* turn_end = nullptr;
  size_t quiet = 0;
};

class RawShadowTest : public net::LoopTest {
 protected:
  void SetUp() override {
    options.memory = 2 * kMiB;  // of which a shadow may have half
    options.timeout = 10 * kSecond;
    options.shadows.push_back(shadow("s0", listener.port()));
  }
  void TearDown() override {
    sessions.clear();
    if (shadows) {
      shadows->cut();
      for (const auto& counters : shadows->counters()) {
        EXPECT_EQ(counters.seen, counters.accounted());
        EXPECT_EQ(counters.in_flight, 0u);
        EXPECT_EQ(counters.held_bytes, 0u);
        EXPECT_EQ(counters.connections_open, 0u);
        EXPECT_EQ(counters.waiting, 0u);
      }
      shadows.reset();
    }
    EXPECT_EQ(total.used, 0u);
    turn_end.reset();
    turn();
    LoopTest::TearDown();
  }
  static ShadowOptions shadow(const std::string& name, uint16_t port) {
    ShadowOptions made;
    made.name = name;
    made.address = {net::Address::Kind::tcp, "127.0.0.1", port, ""};
    made.raw = true;
    return made;
  }
  void start() {
    total.limit = options.memory;
    turn_end = std::make_unique<net::TurnEnd>(*loop, [this] { shadows->end_turn(); });
    host.turn_end = turn_end.get();
    shadows = std::make_unique<RawShadows>(*loop, host, 1, total, log);
    shadows->reconfigure(options);
  }
  // null: no shadow took it.
  relay::SessionTap* begin_session() {
    sessions.push_back(shadows->on_session());
    return sessions.back().get();
  }
  relay::SessionTap& open_session() {
    relay::SessionTap* session = begin_session();
    EXPECT_NE(session, nullptr);
    peer = listener.accept();
    EXPECT_TRUE(turn_until([&] { return counters().waiting == 0; }));
    return *session;
  }
  static void say(relay::SessionTap& session, std::string_view bytes) {
    const std::string memory(bytes);
    Passing passing(memory);
    session.on_client_bytes(passing);
  }
  std::string read_at_shadow(size_t size) {
    std::string all;
    EXPECT_TRUE(turn_until([&] {
      all += peer.read_now();
      return all.size() >= size;
    })) << "only "
        << all.size();
    return all;
  }
  // Behind all that can be read: 0 for a FIN, or an errno.
  static int how_it_ended(const Peer& peer) {
    char part[4096];
    ssize_t n = 0;
    do {
      n = ::recv(peer.fd(), part, sizeof part, 0);
    } while (n > 0);
    return n < 0 ? errno : 0;
  }
  metrics::ShadowCounters counters(size_t i = 0) const { return shadows->counters()[i]; }
  bool nothing_in_flight() {
    return turn_until([&] { return counters().in_flight == 0; });
  }

  Log log{LogLevel::off, LogFormat::text, STDERR_FILENO};
  Options options;
  TotalBudget total;
  Host host;
  Peer listener = Peer::listen();
  Peer peer;
  std::unique_ptr<net::TurnEnd> turn_end;
  std::unique_ptr<RawShadows> shadows;
  std::vector<std::unique_ptr<relay::SessionTap>> sessions;
};

TEST_F(RawShadowTest, BytesArriveInOrderAlsoThoseBeforeTheConnectionStands) {
  start();
  relay::SessionTap* session = begin_session();
  ASSERT_NE(session, nullptr);
  say(*session, "one ");
  say(*session, "two ");
  EXPECT_EQ(counters().waiting, 1u);
  EXPECT_GT(counters().held_bytes, 8u);
  peer = listener.accept();
  EXPECT_EQ(read_at_shadow(8), "one two ");
  say(*session, "three");
  EXPECT_EQ(read_at_shadow(5), "three");
  EXPECT_EQ(counters().held_bytes, RawCopy::kCharge) << "nothing waits any more";
  EXPECT_EQ(counters().bytes_sent, 13u);
  peer.send("an answer");
  EXPECT_TRUE(turn_until([&] { return counters().bytes_received == 9; }));
  session->on_client_end();
  turn();
  EXPECT_EQ(peer.read_error(), 0) << "the client's FIN";
  EXPECT_EQ(counters().in_flight, 1u) << "the shadow may still answer";
  peer.close();
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_EQ(counters().completed, 1u);
  EXPECT_EQ(counters().connections_opened, 1u);
}

TEST_F(RawShadowTest, ACompleteCopyOutlivesItsSession) {
  start();
  relay::SessionTap* session = begin_session();
  say(*session, "all");
  session->on_client_end();
  session->on_over(false);
  sessions.clear();
  peer = listener.accept();
  EXPECT_EQ(read_at_shadow(3), "all");
  EXPECT_EQ(peer.read_error(), 0);
  peer.close();
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_EQ(counters().completed, 1u);
}

TEST_F(RawShadowTest, AShadowThatEndsFirstGetsTheRestAndTheFin) {
  start();
  relay::SessionTap& session = open_session();
  peer.end_writing();
  for (int i = 0; i < 5; ++i) turn();
  say(session, "rest");
  EXPECT_EQ(read_at_shadow(4), "rest");
  EXPECT_EQ(counters().in_flight, 1u);
  session.on_client_end();
  EXPECT_EQ(counters().in_flight, 0u);
  EXPECT_EQ(counters().completed, 1u);
  turn();
  EXPECT_EQ(peer.read_error(), 0) << "not a reset";
}

TEST_F(RawShadowTest, AnAbortIsAReset) {
  start();
  relay::SessionTap& session = open_session();
  say(session, "half");
  EXPECT_EQ(read_at_shadow(4), "half");
  session.on_over(true);
  turn();
  EXPECT_EQ(peer.read_error(), ECONNRESET);
  EXPECT_EQ(counters().failed[Fail::client_aborted], 1u);

  relay::SessionTap* early = begin_session();
  say(*early, "x");
  early->on_over(true);
  EXPECT_EQ(counters().dropped[Drop::client_aborted], 1u) << "no byte had gone";
}

TEST_F(RawShadowTest, ASessionThatForgetsToSayHowItEndedHasAborted) {
  start();
  open_session();
  sessions.clear();
  turn();
  EXPECT_EQ(peer.read_error(), ECONNRESET);
  EXPECT_EQ(counters().failed[Fail::client_aborted], 1u);
}

TEST_F(RawShadowTest, AShadowThatResetsOrClosesIsGivenUp) {
  start();
  relay::SessionTap& reset = open_session();
  peer.reset();
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_EQ(counters().failed[Fail::reset], 1u);
  say(reset, "to nobody");
  reset.on_client_end();
  reset.on_over(false);
  EXPECT_EQ(counters().failed.sum(), 1u);

  relay::SessionTap& closed = open_session();
  peer.close();
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(counters().in_flight, 1u) << "it may have ended its side only";
  EXPECT_TRUE(turn_until([&] {
    say(closed, "x");
    return counters().in_flight == 0;
  }));
  EXPECT_EQ(counters().failed[Fail::closed_early], 1u);
}

TEST_F(RawShadowTest, AShadowThatNeverReadsLosesItsCopyAtTheBudget) {
  start();
  relay::SessionTap& session = open_session();
  const std::string part(64 * 1024, 'x');
  size_t sent = 0;
  while (counters().in_flight == 1 && sent < 64 * kMiB) {
    say(session, part);
    sent += part.size();
    turn();
  }
  EXPECT_EQ(counters().failed[Fail::over_budget], 1u);
  EXPECT_EQ(counters().held_bytes, 0u);
  EXPECT_LE(counters().held_bytes_peak, options.memory / 2);
  EXPECT_GT(counters().held_bytes_peak, options.memory / 4);
  EXPECT_EQ(how_it_ended(peer), ECONNRESET) << "it must not take a part for the whole";
}

TEST_F(RawShadowTest, OneThatIsNotConnectedYetIsDroppedAtTheBudget) {
  start();
  relay::SessionTap* session = begin_session();
  for (int i = 0; i < 20; ++i) say(*session, std::string(64 * 1024, 'x'));
  EXPECT_EQ(counters().dropped[Drop::over_budget], 1u);
  EXPECT_EQ(counters().held_bytes, 0u);
}

TEST_F(RawShadowTest, AllIsWrittenToASlowReader) {
  options.memory = 32 * kMiB;
  start();
  relay::SessionTap& session = open_session();
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string part(80'000 + static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    all += part;
    say(session, part);
  }
  session.on_client_end();
  EXPECT_EQ(read_at_shadow(all.size()), all);
  EXPECT_EQ(counters().bytes_sent, all.size());
  EXPECT_EQ(counters().held_bytes, RawCopy::kCharge);
  EXPECT_EQ(peer.read_error(), 0) << "FIN behind all of it";
}

TEST_F(RawShadowTest, TheBoundOfConnectionsIsABoundOfCopies) {
  options.connections = 2;
  start();
  EXPECT_NE(begin_session(), nullptr);
  EXPECT_NE(begin_session(), nullptr);
  EXPECT_EQ(begin_session(), nullptr);
  EXPECT_EQ(counters().dropped[Drop::connections_max], 1u);
  sessions[0]->on_over(true);
  EXPECT_NE(begin_session(), nullptr);
}

TEST_F(RawShadowTest, SilenceIsNoTimeOutButWaitingIs) {
  options.timeout = 50 * kMillisecond;
  start();
  relay::SessionTap& silent = open_session();
  const Nanos began = monotonic_now();
  EXPECT_TRUE(turn_until([&] { return monotonic_now() - began > 4 * options.timeout; }));
  EXPECT_EQ(counters().in_flight, 1u) << "a client may be silent for ever";
  while (counters().held_bytes == RawCopy::kCharge) say(silent, std::string(64 * 1024, 'x'));
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_EQ(counters().failed[Fail::timeout], 1u) << "what waits must move";
}

TEST_F(RawShadowTest, AfterTheSessionTheShadowHasTheTimeOutToEndToo) {
  options.timeout = 50 * kMillisecond;
  start();
  relay::SessionTap& session = open_session();
  session.on_client_end();
  const Nanos began = monotonic_now();
  EXPECT_TRUE(turn_until([&] { return monotonic_now() - began > 4 * options.timeout; }));
  EXPECT_EQ(counters().in_flight, 1u) << "the app may answer for long, and so may the shadow";
  session.on_over(false);
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_EQ(counters().failed[Fail::timeout], 1u);
}

TEST_F(RawShadowTest, AFloodOfAnswersIsReadInTurns) {
  start();
  open_session();
  const std::string flood(kMiB, 'x');
  size_t sent = 0;
  EXPECT_TRUE(turn_until([&] {
    const ssize_t n =
        sent < flood.size() ? ::send(peer.fd(), &flood[sent], flood.size() - sent, MSG_DONTWAIT) : 0;
    if (n > 0) sent += static_cast<size_t>(n);
    const uint64_t before = counters().bytes_received;
    turn();
    EXPECT_LE(counters().bytes_received - before, 16u * 1024);
    return counters().bytes_received == flood.size();
  })) << counters().bytes_received;
}

TEST_F(RawShadowTest, TheBreakerOpensAndTheNextSessionProbes) {
  const uint16_t port = listener.port();
  listener.close();
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(begin_session(), nullptr);
    EXPECT_TRUE(nothing_in_flight());
  }
  EXPECT_EQ(counters().failed[Fail::connect], 3u);
  EXPECT_EQ(counters().breakers_open, 1u);
  EXPECT_EQ(begin_session(), nullptr);
  EXPECT_EQ(counters().dropped[Drop::breaker_open], 1u);

  listener = Peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  ASSERT_EQ(::listen(listener.fd(), 16), 0);
  EXPECT_TRUE(turn_until([&] { return begin_session() != nullptr; })) << "a probe is due after 100 ms";
  EXPECT_EQ(begin_session(), nullptr) << "one probe at a time";
  EXPECT_TRUE(turn_until([&] { return counters().breakers_open == 0; }));
  EXPECT_NE(begin_session(), nullptr);
}

TEST_F(RawShadowTest, AProbeThatIsGivenUpLeavesItsTurnToTheNext) {
  listener.close();
  start();
  for (int i = 0; i < 3; ++i) {
    begin_session();
    EXPECT_TRUE(nothing_in_flight());
  }
  relay::SessionTap* probe = nullptr;
  EXPECT_TRUE(turn_until([&] { return (probe = begin_session()) != nullptr; }));
  probe->on_over(true);
  EXPECT_NE(begin_session(), nullptr);
}

TEST_F(RawShadowTest, NamesThatAreNoneFail) {
  options.shadows[0].address.host = "shadow.invalid";
  start();
  EXPECT_NE(begin_session(), nullptr);
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_EQ(counters().failed[Fail::resolve], 1u);
}

TEST_F(RawShadowTest, ADrainDropsWhatHasNotConnectedAndLetsTheRestEnd) {
  start();
  relay::SessionTap& session = open_session();
  begin_session();
  shadows->drain();
  EXPECT_EQ(counters().dropped[Drop::draining], 1u);
  EXPECT_EQ(begin_session(), nullptr);
  EXPECT_EQ(counters().dropped[Drop::draining], 2u);
  say(session, "still");
  EXPECT_EQ(read_at_shadow(5), "still");
  EXPECT_FALSE(shadows->quiet());
  session.on_client_end();
  session.on_over(false);
  peer.close();
  const size_t before = host.quiet;
  EXPECT_TRUE(nothing_in_flight());
  EXPECT_GT(host.quiet, before);
  EXPECT_TRUE(shadows->quiet());
}

TEST_F(RawShadowTest, ACutResetsWhatIsLeft) {
  start();
  open_session();
  shadows->cut();
  turn();
  EXPECT_EQ(peer.read_error(), ECONNRESET);
  EXPECT_EQ(counters().failed[Fail::draining], 1u);
}

TEST_F(RawShadowTest, PausedShadowsGetNothing) {
  options.shadows.push_back(shadow("s1", listener.port()));
  options.shadows[1].paused = true;
  start();
  EXPECT_NE(begin_session(), nullptr);
  EXPECT_EQ(counters(0).in_flight, 1u);
  EXPECT_EQ(counters(1).dropped[Drop::paused], 1u);
  shadows->pause("s0", true);
  EXPECT_EQ(begin_session(), nullptr);
  shadows->pause("s1", false);
  EXPECT_NE(begin_session(), nullptr);
  shadows->set_off(true);
  EXPECT_EQ(begin_session(), nullptr);
}

TEST_F(RawShadowTest, OneShadowDoesNotFeelAnother) {
  const Peer second = Peer::listen();
  options.shadows.push_back(shadow("s1", second.port()));
  options.memory = 4 * kMiB;
  start();
  relay::SessionTap& session = open_session();
  Peer other = second.accept();
  std::string all;
  const std::string part(64 * 1024, 'x');
  std::string read;
  while (counters(0).in_flight == 1 && all.size() < 64 * kMiB) {
    say(session, part);
    all += part;
    EXPECT_TRUE(turn_until([&] {
      read += other.read_now();
      return read.size() == all.size();
    }));
  }
  EXPECT_EQ(counters(0).failed[Fail::over_budget], 1u) << "s0 never reads";
  EXPECT_EQ(counters(1).in_flight, 1u);
  EXPECT_EQ(read, all);
}

TEST_F(RawShadowTest, AReloadKeepsWhatStaysAndLetsTheRestEnd) {
  const Peer second = Peer::listen();
  options.shadows.push_back(shadow("s1", second.port()));
  start();
  relay::SessionTap& session = open_session();
  const Peer other = second.accept();
  EXPECT_TRUE(turn_until([&] { return counters(1).waiting == 0; }));

  options.shadows.erase(options.shadows.begin());
  options.shadows.push_back(shadow("s2", listener.port()));
  shadows->reconfigure(options);
  ASSERT_EQ(shadows->counters().size(), 2u);
  EXPECT_EQ(counters(0).seen, 1u) << "s1 stays, with its counters";
  EXPECT_EQ(counters(1).seen, 0u) << "s2 is new";
  EXPECT_TRUE(shadows->anyone_leaving());
  say(session, "on");
  EXPECT_EQ(read_at_shadow(2), "on") << "what s0 was copying goes on";
  session.on_over(true);
  host.on_shadow_busy();
  EXPECT_TRUE(turn_until([&] { return !shadows->anyone_leaving(); }));
  begin_session();
  EXPECT_EQ(counters(1).seen, 1u);
}

}  // namespace
}  // namespace umbra::mirror
