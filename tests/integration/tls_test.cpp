// Shadows that speak TLS: copies arrive where the certificate is the shadow's, and nowhere else; the live leg
// feels nothing of either.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "support/certificates.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/proxy_fixture.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"
#include "support/tls_front.h"

extern char** environ;

namespace umbra::integration {
namespace {

using support::CertificateAuthority;
using support::eventually;
using support::Identity;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;
using support::TestFolder;
using support::TlsFront;

constexpr unsigned kTalks = 8;

std::string get(unsigned n) { return fmt::format("GET /{} HTTP/1.1\r\nHost: app.example\r\n\r\n", n); }

size_t count(std::string_view text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

class TlsShadows : public ::testing::Test {
 protected:
  net::TlsOptions tls(const std::string& name = "localhost") const {
    return {.server_name = name, .ca_file = root.file()};
  }
  config::ProxyOptions options(const net::Address& target, const net::TlsOptions& checks) const {
    auto made = support::proxy_options(app.address(), {target});
    made.mirror.shadows[0].url = "https://" + target.text();
    made.mirror.shadows[0].tls = checks;
    return made;
  }
  // What a client that knows of no shadow expects.
  static void talk(RunningProxy& umbra, unsigned talks = kTalks) {
    TestClient client(umbra.port());
    for (unsigned n = 0; n < talks; ++n) EXPECT_EQ(client.exchange(get(n)), support::http_answer(get(n)));
  }
  static void expect_settled(RunningProxy& umbra) {
    EXPECT_TRUE(eventually([&] { return umbra.shadow().in_flight == 0; }));
    const auto counters = umbra.shadow();
    EXPECT_EQ(counters.seen, counters.accounted());
    EXPECT_EQ(counters.held_bytes, 0u);
  }

  TestFolder folder;
  CertificateAuthority root{folder, "root"};
  Identity good = root.issue("good");
  ScriptedOrigin app{support::serve_http};
  ScriptedOrigin shadow{support::serve_http};
};

TEST_F(TlsShadows, CopiesArriveWhole) {
  const TlsFront front(shadow.port(), good);
  RunningProxy umbra(options(front.address(), tls()));
  talk(umbra);
  ASSERT_TRUE(shadow.wait_for_requests(kTalks));
  auto arrived = shadow.all_requests();
  for (unsigned n = 0; n < kTalks; ++n) {
    const std::string whole =
        fmt::format("GET /{} HTTP/1.1\r\nHost: {}\r\nUmbra-Copy: s0\r\n\r\n", n, front.address().text());
    EXPECT_EQ(std::count(arrived.begin(), arrived.end(), whole), 1) << whole;
  }
  expect_settled(umbra);
  EXPECT_EQ(umbra.shadow().completed, kTalks);
  EXPECT_EQ(front.refused(), 0u);
}

TEST_F(TlsShadows, BodiesOfEitherFramingArriveWhole) {
  const TlsFront front(shadow.port(), good);
  RunningProxy umbra(options(front.address(), tls("127.0.0.1")));
  const std::string body(700'000, 'b');
  const std::string sized =
      fmt::format("POST /sized HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
  const std::string chunked = fmt::format(
      "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
      body.size(), body);
  TestClient client(umbra.port());
  for (const std::string& request : {sized, chunked})
    EXPECT_EQ(client.exchange(request), support::http_answer(request));
  ASSERT_TRUE(shadow.wait_for_requests(2));
  for (const std::string& copy : shadow.all_requests()) EXPECT_NE(copy.find(body), std::string::npos);
  expect_settled(umbra);
  EXPECT_EQ(umbra.shadow().completed, 2u);
}

TEST_F(TlsShadows, SessionsAreResumed) {
  shadow.play([](OriginConnection& c) {  // an answer a connection
    if (c.read_request().empty()) return;
    c.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const TlsFront front(shadow.port(), good);
  RunningProxy umbra(options(front.address(), tls()));
  for (unsigned n = 1; n <= 4; ++n) {
    talk(umbra, 1);
    ASSERT_TRUE(eventually([&] { return umbra.shadow().completed == n; }));
  }
  EXPECT_EQ(front.handshakes(), 4u);
  EXPECT_EQ(front.resumed(), 3u);
}

TEST_F(TlsShadows, SeveralWorkersEachHaveTheirOwn) {
  const TlsFront front(shadow.port(), good);
  auto made = options(front.address(), tls());
  made.workers = 2;
  RunningProxy umbra(made);
  for (int i = 0; i < 8; ++i) talk(umbra, 2);
  expect_settled(umbra);
  EXPECT_EQ(umbra.shadow().completed, 16u);
}

struct BadCertificate {
  const char* name;
  std::function<Identity(const TestFolder&, CertificateAuthority& root)> make;
  const char* server_name;
  bool revocations;
  const char* says;
};

class TlsShadowsWithBadCertificates : public TlsShadows,
                                      public testing::WithParamInterface<BadCertificate> {};

TEST_P(TlsShadowsWithBadCertificates, GetNothing) {
  const BadCertificate& bad = GetParam();
  const Identity identity = bad.make(folder, root);
  const TlsFront front(shadow.port(), identity);
  auto checks = tls(bad.server_name);
  if (bad.revocations) {
    checks.ca_file = folder.write("with-list.pem", root.certificate() + root.revocations({identity.serial}));
  }
  testing::internal::CaptureStderr();
  {
    auto made = options(front.address(), checks);
    made.log_level = LogLevel::warn;
    RunningProxy umbra(made);
    talk(umbra, 20);
    EXPECT_TRUE(eventually([&] { return umbra.shadow().breakers_open == 1; }));
    talk(umbra, 5);
    expect_settled(umbra);
    const auto counters = umbra.shadow();
    EXPECT_EQ(counters.seen, 25u);
    EXPECT_GE(counters.failed[Fail::tls], 3u);
    EXPECT_EQ(counters.failed[Fail::tls], counters.failed.sum());
    EXPECT_EQ(counters.dropped[Drop::breaker_open], counters.dropped.sum());
    EXPECT_EQ(counters.completed, 0u);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(count(log, bad.says), 1u) << log;
  EXPECT_EQ(count(log, "BEGIN"), 0u) << log;
  EXPECT_EQ(shadow.connections(), 0u);
  EXPECT_EQ(front.handshakes(), 0u);
  EXPECT_GE(front.refused(), 3u);
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsShadowsWithBadCertificates,
    testing::Values(
        BadCertificate{"expired",
                       [](const TestFolder&, CertificateAuthority& root) {
                         return root.issue("expired", {.from = -7200, .until = -3600});
                       },
                       "localhost", false, "certificate has expired"},
        BadCertificate{"wrong_host",
                       [](const TestFolder&, CertificateAuthority& root) { return root.issue("other"); },
                       "shadow.example", false, "hostname mismatch"},
        BadCertificate{"self_signed",
                       [](const TestFolder& folder, CertificateAuthority&) {
                         return support::self_signed(folder, "self");
                       },
                       "localhost", false, "self-signed certificate"},
        BadCertificate{"unknown_authority",
                       [](const TestFolder& folder, CertificateAuthority&) {
                         return CertificateAuthority(folder, "stranger").issue("strange");
                       },
                       "localhost", false, "unable to get local issuer certificate"},
        BadCertificate{"revoked",
                       [](const TestFolder&, CertificateAuthority& root) { return root.issue("revoked"); },
                       "localhost", true, "certificate revoked"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(TlsShadows, ARenewedCertificateEndsTheTrouble) {
  TlsFront front(shadow.port(), root.issue("old", {.from = -7200, .until = -3600}));
  RunningProxy umbra(options(front.address(), tls()));
  talk(umbra);
  ASSERT_TRUE(eventually([&] { return umbra.shadow().breakers_open == 1; }));
  front.use(good);
  ASSERT_TRUE(eventually([&] { return umbra.shadow().breakers_open == 0; }));
  talk(umbra);
  EXPECT_TRUE(shadow.wait_for_requests(kTalks));
  expect_settled(umbra);
}

TEST_F(TlsShadows, InsecureIsAChoice) {
  const TlsFront front(shadow.port(), support::self_signed(folder, "self"));
  auto checks = tls();
  checks.insecure = true;
  RunningProxy umbra(options(front.address(), checks));
  talk(umbra);
  EXPECT_TRUE(shadow.wait_for_requests(kTalks));
}

TEST_F(TlsShadows, ShadowsInTheClearGetNoByteOfACopy) {
  shadow.play([](OriginConnection& c) {
    c.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    c.wait_for_end();
  });
  RunningProxy umbra(options(shadow.address(), tls()));
  talk(umbra);
  expect_settled(umbra);
  EXPECT_GE(umbra.shadow().failed[Fail::tls], 1u);
  EXPECT_EQ(umbra.shadow().completed, 0u);
  EXPECT_EQ(shadow.requests(), 0u);
  for (const auto& record : shadow.records()) EXPECT_EQ(record.bytes.find("GET"), std::string::npos);
}

TEST_F(TlsShadows, AHandshakeThatNeverEndsIsAConnectThatTakesTooLong) {
  shadow.play([](OriginConnection& c) { c.wait_for_end(); });
  auto made = options(shadow.address(), tls());
  made.mirror.connect_timeout = 100 * kMillisecond;
  RunningProxy umbra(made);
  talk(umbra);
  expect_settled(umbra);
  EXPECT_GE(umbra.shadow().failed[Fail::connect_timeout], 1u);
  EXPECT_EQ(umbra.shadow().failed[Fail::connect_timeout], umbra.shadow().failed.sum());
}

TEST_F(TlsShadows, AFileThatHasGoneSendsNothingInTheClear) {
  auto gone = tls();
  gone.ca_file = folder.path() + "/gone.pem";
  testing::internal::CaptureStderr();
  {
    RunningProxy umbra(options(shadow.address(), gone));
    talk(umbra);
    expect_settled(umbra);
    EXPECT_GE(umbra.shadow().failed[Fail::tls], 1u);
  }
  EXPECT_EQ(count(testing::internal::GetCapturedStderr(), "gone.pem': not found"), 1u);
  for (const auto& record : shadow.records()) EXPECT_EQ(record.bytes, "");
}

// ---- servers that others have written ----

class Child {
 public:
  // Its standard output can be read; not found: it is not there().
  explicit Child(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  bool there() const { return pid_ > 0; }
  // The next line of its output; empty: it has ended.
  std::string line() const {
    std::string text;
    for (char byte = 0; ::read(out_, &byte, 1) == 1 && byte != '\n';) text += byte;
    return text;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

TEST_F(TlsShadows, OpensslsOwnServer) {
  const Child server({"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", good.cert_file, "-key",
                      good.key_file, "-www"});
  if (!server.there()) GTEST_SKIP() << "no openssl";
  std::string line = server.line();
  while (!line.empty() && !line.starts_with("ACCEPT")) line = server.line();
  const size_t colon = line.rfind(':');
  ASSERT_NE(colon, std::string::npos) << line;
  const auto port = static_cast<uint16_t>(std::stoul(line.substr(colon + 1)));
  RunningProxy umbra(options({net::Address::Kind::tcp, "127.0.0.1", port, ""}, tls()));
  for (unsigned n = 1; n <= 3; ++n) {
    talk(umbra, 1);
    EXPECT_TRUE(eventually([&] { return umbra.shadow().completed == n; }))
        << "its answer ends with close_notify";
  }
  expect_settled(umbra);
}

TEST_F(TlsShadows, Nginx) {
  const std::string socket = folder.path() + "/n.sock";
  const std::string conf =
      folder.write("nginx.conf", fmt::format(R"(
daemon off;
master_process off;
pid {0}/pid;
error_log {0}/error.log;
events {{}}
http {{
  access_log {0}/access.log;
  client_body_temp_path {0}/body;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  server {{
    listen unix:{0}/n.sock ssl;
    ssl_certificate {1};
    ssl_certificate_key {2};
    location / {{ return 200 ok; }}
  }}
}}
)",
                                             folder.path(), good.cert_file, good.key_file));
  const Child server({"nginx", "-p", folder.path(), "-c", conf, "-e", folder.path() + "/error.log"});
  if (!server.there()) GTEST_SKIP() << "no nginx";
  ASSERT_TRUE(eventually([&] { return ::access(socket.c_str(), F_OK) == 0; }));
  RunningProxy umbra(options({net::Address::Kind::unix_path, "", 0, socket}, tls()));
  talk(umbra);
  EXPECT_TRUE(eventually([&] { return umbra.shadow().completed == kTalks; })) << umbra.shadow().failed.sum();
  expect_settled(umbra);
  EXPECT_TRUE(eventually([&] {
    std::ifstream log(folder.path() + "/access.log");
    const std::string text{std::istreambuf_iterator<char>(log), {}};
    return count(text, "\"GET /") == kTalks;
  }));
}

}  // namespace
}  // namespace umbra::integration
