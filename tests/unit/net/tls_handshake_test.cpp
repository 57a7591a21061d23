// How a handshake ends: with whom, in how many pieces, and what is said when it does not.
#include "umbra/net/tls_handshake.h"

#include <atomic>
#include <thread>

#include "net/tls_fixture.h"

namespace umbra::net {
namespace {

using support::CertificateAuthority;
using support::Identity;

class TlsHandshakeTest : public TlsTest {
 protected:
  // Both sides over sockets with these options; the client's error, or empty.
  std::string client_error(const TlsOptions& of_client, const TlsOptions& of_server) {
    set_contexts(of_client, of_server);
    shake_hands();
    const std::string detail = client.error ? client.error->detail : "";
    EXPECT_TRUE(!client.error || client.error->code == Errc::tls) << detail;
    forget();
    turn();
    return detail;
  }
};

TEST_F(TlsHandshakeTest, BothSidesAgree) {
  ASSERT_TRUE(shake_hands());
  EXPECT_EQ(client.tls().protocol(), "http/1.1");
  EXPECT_EQ(server.tls().protocol(), "http/1.1");
  EXPECT_FALSE(client.tls().resumed());
  EXPECT_EQ(client.ear.calls() + server.ear.calls(), 0);
}

TEST_F(TlsHandshakeTest, TheNextConnectionResumesTheSession) {
  for (const bool resumed : {false, true, true}) {
    ASSERT_TRUE(shake_hands());
    EXPECT_EQ(client.tls().resumed(), resumed);
    EXPECT_EQ(server.tls().resumed(), resumed);
    client.stream->start_reading();  // the tickets come behind the handshake
    server.try_write("x");
    ASSERT_TRUE(turn_until([&] { return client.ear.bytes == "x"; }));
    forget();
    turn();
  }
}

TEST_F(TlsHandshakeTest, ASessionSurvivesAResetAndACutConnection) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(shake_hands());
    EXPECT_EQ(client.tls().resumed(), i > 0) << i;
    client.stream->start_reading();
    server.try_write("x");
    ASSERT_TRUE(turn_until([&] { return client.ear.bytes == "x"; }));
    if (i == 0) {
      server.stream->abort();
      ASSERT_TRUE(turn_until([&] { return client.ear.failures == 1; }));
    } else {
      client.stream->abort();
    }
    forget();
    turn();
  }
}

TEST_F(TlsHandshakeTest, AnotherServersTicketIsOnlyAFullHandshake) {
  ASSERT_TRUE(shake_hands());
  client.stream->start_reading();
  server.try_write("x");
  ASSERT_TRUE(turn_until([&] { return client.ear.bytes == "x"; }));
  forget();
  server_context = context(server_options(), TlsSide::server);
  ASSERT_TRUE(shake_hands());
  EXPECT_FALSE(client.tls().resumed());
}

TEST_F(TlsHandshakeTest, CertificatesThatAreNotTheServers) {
  CertificateAuthority stranger(folder(), "stranger");
  CertificateAuthority issuing(folder(), "issuing", root());
  CertificateAuthority revoked(folder(), "revoked-ca", root());
  const Identity leaf = root().issue("leaf");
  const std::string lists =
      folder().write("lists.pem", root().certificate() + root().revocations({leaf.serial, revoked.serial()}) +
                                      issuing.revocations({}) + revoked.revocations({}));
  const std::string half = folder().write("half.pem", root().certificate() + root().revocations({}));
  const std::string& known = root().file();
  struct Row {
    Identity server;
    std::string name;
    std::string ca_file;
    std::string says;  // empty: it is accepted
    const char* why;
  };
  const std::vector<Row> rows{
      {good(), "localhost", known, "", "good"},
      {good(), "LOCALHOST.", known, "", "good, written otherwise"},
      {good(), "127.0.0.1", known, "", "good for an address"},
      {issuing.issue("below"), "localhost", known, "", "good, through an intermediate that the server sends"},
      {root().issue("wild", {.names = "DNS:*.example.org"}), "a.example.org", known, "", "a wildcard"},
      {root().issue("wild2", {.names = "DNS:*.example.org"}), "a.b.example.org", known, "hostname mismatch",
       "a wildcard is for one label"},
      {root().issue("wild3", {.names = "DNS:a*.example.org"}), "ab.example.org", known, "hostname mismatch",
       "no partial wildcards"},
      {good(), "example.org", known, "hostname mismatch", "another name"},
      {good(), "127.0.0.2", known, "IP address mismatch", "another address"},
      {good(), "::1", known, "IP address mismatch", "another address"},
      {root().issue("text-ip", {.names = "DNS:127.0.0.1"}), "127.0.0.1", known, "IP address mismatch",
       "an address is not a name"},
      {root().issue("expired", {.from = -7200, .until = -3600}), "localhost", known,
       "certificate has expired", ""},
      {root().issue("early", {.from = 3600}), "localhost", known, "certificate is not yet valid", ""},
      {support::self_signed(folder(), "self"), "localhost", known, "self-signed certificate", ""},
      {stranger.issue("strange"), "localhost", known, "unable to get local issuer certificate",
       "an authority that is not trusted"},
      {good(), "localhost", "", "unable to get local issuer certificate", "the system does not know it"},
      {good(), "localhost", issuing.file(), "unable to get local issuer certificate", "no partial chains"},
      {good(), "localhost", lists, "", "not revoked"},
      {leaf, "localhost", lists, "certificate revoked", "a revoked certificate"},
      {issuing.issue("below2"), "localhost", lists, "", "not revoked, through an intermediate"},
      {revoked.issue("below3"), "localhost", lists, "certificate revoked", "issued by a revoked authority"},
      {issuing.issue("below4"), "localhost", half, "unable to get certificate CRL",
       "a list of one issuer only"},
  };
  for (const Row& row : rows) {
    TlsOptions of_client = client_options(row.name);
    of_client.ca_file = row.ca_file;
    const std::string error = client_error(of_client, server_options(row.server));
    EXPECT_EQ(error, row.says.empty() ? "" : "certificate: " + row.says) << row.name << ": " << row.why;
  }
}

TEST_F(TlsHandshakeTest, InsecureTakesAnyCertificate) {
  TlsOptions insecure;
  insecure.server_name = "example.org";
  insecure.insecure = true;
  const Identity expired = support::self_signed(folder(), "bad", {.from = -7200, .until = -3600});
  EXPECT_EQ(client_error(insecure, server_options(expired)), "");
}

TEST_F(TlsHandshakeTest, AServerThatWantsCertificates) {
  TlsOptions wanting = server_options();
  wanting.ca_file = root().file();
  TlsOptions known = client_options();
  const Identity own = root().issue("client", {.names = "DNS:client"});
  known.cert_file = own.cert_file;
  known.key_file = own.key_file;
  EXPECT_EQ(client_error(known, wanting), "");

  set_contexts(client_options(), wanting);
  shake_hands();
  EXPECT_FALSE(server.stream);
  ASSERT_TRUE(server.error);
  EXPECT_EQ(server.error->detail, "peer did not return a certificate");
  // In TLS 1.3 the client has finished when the server says so.
  ASSERT_TRUE(client.stream);
  client.stream->start_reading();
  ASSERT_TRUE(turn_until([&] { return client.ear.failures == 1; }));
  EXPECT_EQ(client.ear.error.code, Errc::tls);
  EXPECT_NE(client.ear.error.detail.find("certificate required"), std::string::npos)
      << client.ear.error.detail;
}

TEST_F(TlsHandshakeTest, InPiecesOfAnySize) {
  for (const size_t part : {1u, 2u, 3u, 5u, 7u, 16u, 100u, 1000u, 16384u}) {
    ASSERT_TRUE(shake_hands_on_wire(part)) << part;
    client.stream->start_reading();
    server.stream->start_reading();
    client.try_write("ping");
    server.try_write("pong");
    carry_all(part);
    EXPECT_EQ(server.ear.bytes, "ping") << part;
    EXPECT_EQ(client.ear.bytes, "pong") << part;
    forget();
  }
}

// The last of the handshake and the first of the application in one read.
TEST_F(TlsHandshakeTest, WhatComesWithTheHandshakeIsNotLost) {
  begin_on_wire();
  while (!client.settled()) ASSERT_GT(carry(*near, *far, 65536) + carry(*far, *near, 65536), 0u);
  ASSERT_TRUE(client.stream);
  ASSERT_FALSE(server.settled());
  EXPECT_EQ(client.try_write("early bird"), 10u);
  carry(*near, *far, 65536);
  ASSERT_TRUE(server.stream);
  EXPECT_EQ(server.ear.bytes, "") << "nobody has asked to read";
  server.stream->start_reading();
  EXPECT_EQ(server.ear.bytes, "") << "no call calls back into its caller";
  EXPECT_TRUE(turn_until([&] { return server.ear.bytes == "early bird"; }));
}

TEST_F(TlsHandshakeTest, PeersThatDoNotSpeakTls) {
  struct Row {
    std::string bytes;
    std::string says;
  };
  for (const Row& row : {
           Row{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "http request"},
           Row{std::string(100, '\0'), ""},
           Row{"SSH-2.0-OpenSSH_9\r\n", ""},
           Row{std::string("\x16\x03\x01\xff\xff") + std::string(70000, 'x'), ""},
           Row{"\x15\x03\x03\x01", ""},
       }) {
    auto [fd, peer] = tcp_pair();
    begin(server, adopt(fd), server_context);
    peer.send(row.bytes);
    peer.end_writing();
    ASSERT_TRUE(turn_until([&] { return server.error.has_value(); }));
    EXPECT_EQ(server.error->code, Errc::tls);
    EXPECT_NE(server.error->detail.find(row.says), std::string::npos) << server.error->detail;
    turn();
    EXPECT_EQ(peer.read_now().find("HTTP"), std::string::npos) << "no answer in the clear";
    forget();
  }
}

TEST_F(TlsHandshakeTest, AServerInTheClearIsNoServer) {
  auto [fd, peer] = tcp_pair();
  begin(client, adopt(fd), client_context);
  peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  ASSERT_TRUE(turn_until([&] { return client.settled(); }));
  ASSERT_TRUE(client.error);
  EXPECT_EQ(client.error->code, Errc::tls);
  EXPECT_EQ(client.error->detail, "wrong version number");
}

TEST_F(TlsHandshakeTest, ThePeerGoesWithinTheHandshake) {
  for (const bool reset : {false, true}) {
    auto [fd, peer] = tcp_pair();
    begin(client, adopt(fd), client_context);
    ASSERT_NE(peer.read_now(), "") << "the hello";
    reset ? peer.reset() : peer.close();
    ASSERT_TRUE(turn_until([&] { return client.settled(); }));
    ASSERT_TRUE(client.error);
    EXPECT_EQ(client.error->code, Errc::tls) << client.error->detail;
    forget();
  }
}

TEST_F(TlsHandshakeTest, AConnectionThatIsBrokenAlready) {
  auto end = std::make_shared<End>();
  end->broken = true;
  begin(client, std::make_unique<FakeStream>(end), client_context);
  ASSERT_TRUE(turn_until([&] { return client.settled(); }));
  ASSERT_TRUE(client.error);
  EXPECT_EQ(client.error->code, Errc::tls);
}

TEST_F(TlsHandshakeTest, APeerThatSaysNothingIsNotWaitedFor) {
  auto [fd, peer] = tcp_pair();
  begin(client, adopt(fd), client_context, 50 * kMillisecond);
  ASSERT_TRUE(turn_until([&] { return client.settled(); }));
  ASSERT_TRUE(client.error);
  EXPECT_EQ(client.error->code, Errc::timeout);
}

TEST_F(TlsHandshakeTest, WhatWasDismissedIsNotHeardOfAgain) {
  auto [fd, peer] = tcp_pair();
  begin(server, adopt(fd), server_context);
  peer.send("GET / HTTP/1.1\r\n\r\n");
  server.dismiss();
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_FALSE(server.settled());
  static_cast<void>(peer.read_now());
}

TEST_F(TlsHandshakeTest, AnUnusableContextFailsAndSendsNothing) {
  auto end = std::make_shared<End>();
  begin(client, std::make_unique<FakeStream>(end), TlsContext::unusable({Errc::bad_config, "gone"}));
  ASSERT_TRUE(turn_until([&] { return client.settled(); }));
  ASSERT_TRUE(client.error);
  EXPECT_EQ(client.error->code, Errc::tls);
  EXPECT_EQ(client.error->detail, "gone");
  EXPECT_EQ(end->sent, "");
}

TEST_F(TlsHandshakeTest, TheOldestVersionIsAChoice) {
  TlsOptions newest = client_options();
  newest.min_version = TlsVersion::tls_1_3;
  EXPECT_EQ(client_error(newest, server_options()), "");
  TlsOptions server_newest = server_options();
  server_newest.min_version = TlsVersion::tls_1_3;
  EXPECT_EQ(client_error(client_options(), server_newest), "");
}

// As workers do: each with a loop and a client of its own.
TEST_F(TlsHandshakeTest, AServersContextMayBeSharedByThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10;
  std::atomic<int> as_expected = 0;
  const auto work = [&] {
    Loop own;
    const auto of_client = context(client_options(), TlsSide::client);
    for (int round = 0; round < kRounds; ++round) {
      int ends[2] = {-1, -1};
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
      Side here;
      Side there;
      const auto start = [&own](Side& side, int fd, const std::shared_ptr<TlsContext>& tls) {
        auto stream = SocketStream::adopt(own, fd, true);
        side.handshake = std::make_unique<TlsHandshake>(own, std::move(*stream), tls, side, kPatience);
        side.dismiss = [&own, &side] { TlsHandshake::dismiss(own, std::move(side.handshake)); };
        side.handshake->start();
      };
      start(there, ends[0], server_context);
      start(here, ends[1], of_client);
      while (!here.settled() || !there.settled()) uv_run(own.uv(), UV_RUN_ONCE);
      ASSERT_TRUE(here.stream && there.stream);
      here.stream->start_reading();
      there.try_write("x");
      while (here.ear.bytes.empty()) uv_run(own.uv(), UV_RUN_ONCE);
      as_expected += here.tls().resumed() == (round > 0) ? 1 : 0;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(as_expected, kThreads * kRounds);
}

}  // namespace
}  // namespace umbra::net
