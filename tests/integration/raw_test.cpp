// tcp shadows: what a client sends, byte for byte, on a connection of its own; whatever such a shadow does,
// the client and the app see what they see without it.
#include <gtest/gtest.h>

#include <utility>

#include "integration/arena.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::Ending;
using support::eventually;
using support::OriginConnection;
using support::Record;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

constexpr size_t kMiB = 1024 * 1024;

// Every byte value, in no simple order.
std::string binary(size_t size, unsigned seed) {
  std::string out(size, '\0');
  unsigned state = seed;
  for (char& c : out) {
    state = state * 1103515245 + 12345;
    c = static_cast<char>(state >> 16);
  }
  return out;
}

// A mail server's manner: it speaks first, and ends first.
void serve_lines(OriginConnection& c, const std::string& name) {
  c.send("220 " + name + "\r\n");
  for (;;) {
    const std::string line = c.read_until("\r\n");
    if (!line.ends_with("\r\n")) return;
    c.send("250 " + name + " " + line);
    if (line == "QUIT\r\n") return;
  }
}
void serve_binary(OriginConnection& c, unsigned seed) {
  const std::string upload = c.read_until_eof();
  c.send(binary(upload.size() / 2, seed));
}
void hang(OriginConnection& c) { c.hold(); }
void read_on(OriginConnection& c) { c.wait_for_end(); }

class Raw : public testing::Test {
 protected:
  // The first shadows are tcp ones.
  config::ProxyOptions options(const std::vector<const ScriptedOrigin*>& raw,
                               const std::vector<const ScriptedOrigin*>& http = {}) const {
    std::vector<net::Address> addresses;
    for (const auto* origin : raw) addresses.push_back(origin->address());
    for (const auto* origin : http) addresses.push_back(origin->address());
    auto made = support::proxy_options(app_.address(), addresses);
    for (size_t i = 0; i < raw.size(); ++i) {
      made.mirror.shadows[i].raw = true;
      made.mirror.shadows[i].url = "tcp://" + addresses[i].text();
    }
    made.mirror.timeout = kSlowdown * 500 * kMillisecond;
    return made;
  }
  static void expect_settled(RunningProxy& umbra, size_t shadows) {
    for (size_t i = 0; i < shadows; ++i) {
      EXPECT_TRUE(eventually([&] { return umbra.shadow(i).in_flight == 0; })) << outcomes(umbra.shadow(i));
      const auto counters = umbra.shadow(i);
      EXPECT_EQ(counters.seen, counters.accounted()) << outcomes(counters);
      EXPECT_EQ(counters.held_bytes, 0U) << outcomes(counters);
    }
  }
  // What the first connection brought, when it has ended.
  static Record ended(const ScriptedOrigin& origin, size_t connection = 0) {
    EXPECT_TRUE(origin.wait_for([&](const std::list<Record>& records) {
      return records.size() > connection &&
             std::next(records.begin(), static_cast<ptrdiff_t>(connection))->over;
    }));
    return origin.record(connection);
  }

  ScriptedOrigin app_{read_on};
};

TEST_F(Raw, AProtocolInWhichTheServerSpeaksFirst) {
  app_.play([](OriginConnection& c) { serve_lines(c, "app"); });
  ScriptedOrigin shadow([](OriginConnection& c) { serve_lines(c, "shadow"); });
  RunningProxy umbra(options({&shadow}));
  Watcher watcher(umbra);
  std::string said;
  {
    TestClient client(umbra.port());
    EXPECT_EQ(client.read_until("\r\n"), "220 app\r\n");
    for (const std::string& line :
         {std::string("EHLO a\r\n"), std::string("DATA \0\xff\r\n", 9), std::string("QUIT\r\n")}) {
      client.send(line);
      said += line;
      EXPECT_EQ(client.read_until("\r\n"), "250 app " + line);
    }
    EXPECT_EQ(client.read_until_eof(), "");
    EXPECT_EQ(client.ending(), Ending::eof);
  }
  EXPECT_EQ(ended(app_).bytes, said);
  EXPECT_EQ(ended(shadow).bytes, said);
  expect_settled(umbra, 1);
  EXPECT_EQ(outcomes(umbra.shadow()), "completed=1");
  EXPECT_EQ(umbra.shadow().bytes_sent, said.size());
  EXPECT_EQ(watcher.stop(), "");
}

TEST_F(Raw, BytesOfAnyKindBothWaysAndAHalfClose) {
  app_.play([](OriginConnection& c) { serve_binary(c, 1); });
  ScriptedOrigin shadow([](OriginConnection& c) { serve_binary(c, 2); });
  RunningProxy umbra(options({&shadow}));
  Watcher watcher(umbra);
  const std::string upload = binary(600'000, 3);
  {
    TestClient client(umbra.port());
    ASSERT_TRUE(client.send(upload));
    client.half_close();
    EXPECT_EQ(client.read_until_eof(), binary(300'000, 1));
    EXPECT_EQ(client.ending(), Ending::eof);
  }
  EXPECT_EQ(ended(app_).bytes, upload);
  const Record copy = ended(shadow);
  EXPECT_EQ(copy.bytes, upload);
  EXPECT_EQ(copy.ending, Ending::eof) << "the half-close arrives";
  expect_settled(umbra, 1);
  EXPECT_EQ(outcomes(umbra.shadow()), "completed=1");
  EXPECT_EQ(umbra.shadow().bytes_received, 300'000U);
  EXPECT_EQ(watcher.stop(), "");
}

TEST_F(Raw, AClientsResetIsOneAtTheShadow) {
  ScriptedOrigin shadow(read_on);
  RunningProxy umbra(options({&shadow}));
  TestClient client(umbra.port());
  client.send("half of");
  ASSERT_TRUE(shadow.wait_for_bytes(0, 7));
  ASSERT_TRUE(app_.wait_for_bytes(0, 7));
  client.reset();
  EXPECT_EQ(ended(app_).ending, Ending::reset);
  const Record copy = ended(shadow);
  EXPECT_EQ(copy.bytes, "half of");
  EXPECT_EQ(copy.ending, Ending::reset);
  expect_settled(umbra, 1);
  EXPECT_EQ(outcomes(umbra.shadow()), "failed/client_aborted=1");
}

// Both kinds of connection that the app may end first.
TEST_F(Raw, ManySessionsKeepTheirBytesApart) {
  app_.play([](OriginConnection& c) { serve_binary(c, 1); });
  ScriptedOrigin shadow([](OriginConnection& c) { serve_binary(c, 1); });
  RunningProxy umbra(options({&shadow}));
  constexpr unsigned kSessions = 20;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::multiset<std::string> sent;
  for (unsigned i = 0; i < kSessions; ++i) clients.push_back(std::make_unique<TestClient>(umbra.port()));
  for (unsigned part = 0; part < 3; ++part) {
    for (unsigned i = 0; i < kSessions; ++i) clients[i]->send(binary(1000 + i, i * 3 + part));
  }
  for (unsigned i = 0; i < kSessions; ++i) {
    sent.insert(binary(1000 + i, i * 3) + binary(1000 + i, i * 3 + 1) + binary(1000 + i, i * 3 + 2));
    clients[i]->half_close();
  }
  for (const auto& client : clients) EXPECT_FALSE(client->read_until_eof().empty());
  expect_settled(umbra, 1);
  EXPECT_EQ(umbra.shadow().completed, kSessions) << outcomes(umbra.shadow());
  shadow.wait_until_over();
  std::multiset<std::string> copied;
  for (const Record& record : shadow.records()) copied.insert(record.bytes);
  EXPECT_TRUE(copied == sent);
}

TEST_F(Raw, AnUploadPastAShadowThatNeverReads) {
  app_.play([](OriginConnection& c) { serve_binary(c, 1); });
  ScriptedOrigin shadow(hang, {4096, true});
  auto made = options({&shadow});
  made.mirror.memory = kMiB;
  made.mirror.timeout = 60 * kSecond;
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  const std::string upload = binary(8 * kMiB, 4);
  TestClient client(umbra.port());
  ASSERT_TRUE(client.send(upload));
  client.half_close();
  EXPECT_EQ(client.read_until_eof(), binary(4 * kMiB, 1));
  EXPECT_EQ(ended(app_).bytes, upload);
  expect_settled(umbra, 1);
  EXPECT_EQ(outcomes(umbra.shadow()), "failed/over_budget=1");
  EXPECT_LE(umbra.shadow().held_bytes_peak, kMiB / 2);
  EXPECT_EQ(watcher.stop(), "");
}

struct Fault {
  const char* name;
  support::Script script;
  bool listening;
  const char* outcome;
};

class RawFaults : public Raw, public testing::WithParamInterface<Fault> {};

TEST_P(RawFaults, AreNotFelt) {
  app_.play([](OriginConnection& c) { serve_binary(c, 1); });
  ScriptedOrigin shadow(GetParam().script, {0, GetParam().listening});
  ScriptedOrigin good([](OriginConnection& c) { serve_binary(c, 2); });
  RunningProxy umbra(options({&shadow, &good}));
  Watcher watcher(umbra);
  const std::string upload = binary(100'000, 5);
  for (size_t i = 0; i < 3; ++i) {
    TestClient client(umbra.port());
    ASSERT_TRUE(client.send(upload.substr(0, 50'000)));
    ASSERT_TRUE(app_.wait_for_bytes(i, 50'000));
    ASSERT_TRUE(client.send(upload.substr(50'000)));
    client.half_close();
    EXPECT_EQ(client.read_until_eof(), binary(50'000, 1));
    EXPECT_EQ(client.ending(), Ending::eof);
    EXPECT_EQ(ended(app_, i).bytes, upload);
  }
  expect_settled(umbra, 2);
  auto bad = umbra.shadow(0);
  if (GetParam().name == std::string_view("resets_at_once")) {
    // As the kernel tells it: within the connect, or just behind it.
    bad.failed[Fail::reset] += std::exchange(bad.failed[Fail::connect], 0);
  }
  EXPECT_EQ(outcomes(bad), GetParam().outcome);
  EXPECT_EQ(outcomes(umbra.shadow(1)), "completed=3");
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(ended(good, i).bytes, upload);
  EXPECT_EQ(watcher.stop(), "");
}

INSTANTIATE_TEST_SUITE_P(, RawFaults,
                         testing::Values(Fault{"refuses", read_on, false, "failed/connect=3"},
                                         Fault{"hangs", hang, true, "failed/timeout=3"},
                                         Fault{"reads_and_never_ends",
                                               [](OriginConnection& c) {
                                                 c.read_until_eof();
                                                 c.hold();
                                               },
                                               true, "failed/timeout=3"},
                                         Fault{"resets_at_once", [](OriginConnection& c) { c.reset(); }, true,
                                               "failed/reset=3"},
                                         Fault{"resets_half_way",
                                               [](OriginConnection& c) {
                                                 c.read_exactly(1000);
                                                 c.reset();
                                               },
                                               true, "failed/reset=3"},
                                         Fault{"answers_without_being_asked",
                                               [](OriginConnection& c) {
                                                 c.send(binary(3 * kMiB, 9));
                                                 c.read_until_eof();
                                               },
                                               true, "completed=3"}),
                         [](const auto& row) { return std::string(row.param.name); });

const std::string kGet = "GET /a HTTP/1.1\r\nHost: app.example\r\nConnection: keep-alive\r\nX: 1\r\n\r\n";
const std::string kPost =
    "POST /b HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: "
    "1\r\n\r\n";

TEST_F(Raw, BesideHttpShadowsEachGetsItsOwnBytes) {
  app_.play(support::serve_http);
  ScriptedOrigin raw(support::serve_http);
  ScriptedOrigin http(support::serve_http);
  auto made = options({&raw}, {&http});
  made.mirror.shadows.push_back(made.mirror.shadows[0]);
  made.mirror.shadows[2].name = "s2";
  RunningProxy umbra(made);
  Watcher watcher(umbra);
  {
    TestClient client(umbra.port());
    EXPECT_EQ(client.exchange(kGet), support::http_answer(kGet));
    EXPECT_EQ(client.exchange(kPost), support::http_answer(kPost));
  }
  EXPECT_EQ(ended(raw, 0).bytes, kGet + kPost);
  EXPECT_EQ(ended(raw, 1).bytes, kGet + kPost);
  const std::string host = "Host: " + http.address().text() + "\r\n";
  ASSERT_TRUE(http.wait_for_requests(2));
  EXPECT_EQ(http.all_requests(),
            (std::vector<std::string>{
                "GET /a HTTP/1.1\r\n" + host + "X: 1\r\nUmbra-Copy: s1\r\n\r\n",
                "POST /b HTTP/1.1\r\n" + host +
                    "Transfer-Encoding: chunked\r\nUmbra-Copy: s1\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n"}));
  expect_settled(umbra, 3);
  EXPECT_EQ(outcomes(umbra.shadow(0)), "completed=1");
  EXPECT_EQ(outcomes(umbra.shadow(1)), "completed=2") << "in the order of the options";
  EXPECT_EQ(outcomes(umbra.shadow(2)), "completed=1");
  EXPECT_EQ(watcher.stop(), "");
}

TEST_F(Raw, AnUpgradedConnectionIsCopiedOn) {
  app_.play(support::serve_http);
  ScriptedOrigin shadow(support::serve_http);
  RunningProxy umbra(options({&shadow}));
  const std::string upgrade =
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
  {
    TestClient client(umbra.port());
    client.send(upgrade);
    EXPECT_NE(client.read_until("\r\n\r\n").find(" 101 "), std::string::npos);
    client.send("\x81\x05hello");
    EXPECT_EQ(client.read_exactly(7), "\x81\x05hello");
  }
  EXPECT_EQ(ended(shadow).bytes, upgrade + "\x81\x05hello");
  expect_settled(umbra, 1);
  EXPECT_EQ(outcomes(umbra.shadow()), "completed=1");
}

TEST_F(Raw, ADrainLeavesTheCopiesOfSessionsThatGoOn) {
  ScriptedOrigin shadow(read_on);
  RunningProxy umbra(options({&shadow}));
  TestClient client(umbra.port());
  client.send("\x01 not HTTP");
  ASSERT_TRUE(shadow.wait_for_bytes(0, 10));
  umbra.drain();
  client.send(" and on");
  EXPECT_TRUE(shadow.wait_for_bytes(0, 17));
  client.half_close();
  EXPECT_EQ(ended(shadow).bytes, "\x01 not HTTP and on");
  EXPECT_EQ(ended(shadow).ending, Ending::eof);
  client.close();
  EXPECT_TRUE(umbra.wait_until_ended());
}

}  // namespace
}  // namespace umbra::integration
