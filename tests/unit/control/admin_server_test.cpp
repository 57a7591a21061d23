// The admin server on a real loop in a thread of its own, spoken to over blocking sockets with deadlines.
#include "umbra/control/admin_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <thread>

#include "sample.h"

namespace umbra::control {
namespace {

class Client {
 public:
  explicit Client(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval deadline{15, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  void send(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void end() { ::shutdown(fd_, SHUT_WR); }
  // Reads until `enough` says so, or to the end.
  template <typename Enough>
  std::string read_until(Enough enough) {
    while (!enough(unread_)) {
      std::array<char, 65536> buffer;
      const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
      EXPECT_GE(size, 0) << "a deadline passed or the connection was reset; so far: " << unread_;
      if (size <= 0) break;
      unread_.append(buffer.data(), static_cast<size_t>(size));
    }
    return unread_;
  }
  std::string to_the_end() {
    return read_until([](const std::string&) { return false; });
  }
  // One answer with its body, taken from the front.
  std::string answer() {
    size_t size = 0;
    read_until([&size](const std::string& all) {
      const size_t head = all.find("\r\n\r\n");
      const size_t length = all.find("Content-Length: ");
      if (head == all.npos || length > head) return false;
      size = head + 4 + std::stoul(all.substr(length + 16));
      return all.size() >= size;
    });
    const std::string one = unread_.substr(0, size);
    unread_.erase(0, size);
    return one;
  }

 private:
  int fd_;
  std::string unread_;
};

constexpr std::string_view kToken = "the-token-of-this-test";

class AdminServerTest : public ::testing::Test, private SnapshotSource, private Steering {
 protected:
  void SetUp() override {
    auto socket = net::ListenSocket::open({net::Address::Kind::tcp, "127.0.0.1", 0, ""}, false);
    ASSERT_TRUE(socket);
    port_ = socket->address().port;
    server_ = std::make_unique<AdminServer>(loop_, log_, static_cast<SnapshotSource&>(*this),
                                            static_cast<Steering&>(*this), Access{std::string(kToken), {}});
    ASSERT_TRUE(server_->serve(std::move(*socket)));
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    on_loop([this] {
      server_.reset();
      held_.clear();
      held_steered_.clear();
      loop_.close_inbox();
    });
    thread_.join();  // the loop ran dry: nothing was left open
  }
  template <typename Work>
  void on_loop(Work work) {
    std::promise<void> done;
    ASSERT_TRUE(loop_.post([&] {
      work();
      done.set_value();
    }));
    ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  }
  size_t connections() {
    size_t count = 0;
    on_loop([&] { count = server_->connections(); });
    return count;
  }

  void collect(Done done) override {
    if (hold_) {
      held_.push_back(std::move(done));
    } else {
      loop_.post([done = std::move(done)] { done(sample_snapshot()); });
    }
  }

  void steer(Order order, Steered done) override {
    orders_.push_back(order);
    if (hold_) {
      held_steered_.push_back(std::move(done));
    } else {
      loop_.post([done = std::move(done), found = order.shadow != "none"] { done(found); });
    }
  }
  void reload(Reloaded done) override {
    loop_.post([done = std::move(done), report = report_] { done(report); });
  }
  // Written to on the control loop.
  std::vector<Order> orders() {
    std::vector<Order> all;
    on_loop([&] { all = orders_; });
    return all;
  }

  net::Loop loop_;
  Log log_{LogLevel::off, LogFormat::text, 2};
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
  uint16_t port_ = 0;
  bool hold_ = false;
  std::vector<Done> held_;
  std::vector<Steered> held_steered_;
  std::vector<Order> orders_;
  ReloadReport report_{ReloadReport::Outcome::done, {"shadow next: added"}, {}, {}};
};

std::string change(std::string_view method, std::string_view target, std::string_view body) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}", method,
      target, kToken, body.size(), body);
}

constexpr std::string_view kHealthz = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view kHealthzAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
    "Cache-Control: no-store\r\n\r\nok\n";

TEST_F(AdminServerTest, KeepsAConnection) {
  Client client(port_);
  for (int i = 0; i < 3; ++i) {
    client.send(kHealthz);
    EXPECT_EQ(client.answer(), kHealthzAnswer);
  }
  EXPECT_EQ(connections(), 1U);
}

TEST_F(AdminServerTest, AnswersPipelinedRequestsInOrder) {
  Client client(port_);
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += kHealthz;
    requests += "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  client.send(requests);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.answer(), kHealthzAnswer);
    EXPECT_NE(client.answer().find("umbra_shadow_seen_total{shadow=\"next\"} 5000\n"), std::string::npos);
  }
}

TEST_F(AdminServerTest, TakesARequestByteByByte) {
  Client client(port_);
  for (const char c : kHealthz) client.send({&c, 1});
  EXPECT_EQ(client.answer(), kHealthzAnswer);
}

TEST_F(AdminServerTest, SkipsABody) {
  Client client(port_);
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhel");
  client.send("lo");
  client.send(kHealthz);
  EXPECT_EQ(client.answer(), kHealthzAnswer);
  EXPECT_EQ(client.answer(), kHealthzAnswer);
}

TEST_F(AdminServerTest, ClosesWhenAsked) {
  Client client(port_);
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string all = client.to_the_end();
  EXPECT_NE(all.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\nok\n"));
}

TEST_F(AdminServerTest, SpeaksWithHttp10) {
  Client brief(port_);
  brief.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(brief.to_the_end().ends_with("\r\nConnection: close\r\n\r\nok\n"));
  Client kept(port_);
  kept.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(kept.answer().find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  kept.send(kHealthz);
  EXPECT_EQ(kept.answer(), kHealthzAnswer);
}

TEST_F(AdminServerTest, HeadHasALengthAndNoBody) {
  Client client(port_);
  client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string all = client.to_the_end();
  EXPECT_NE(all.find("\r\nContent-Length: 3\r\n"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\n"));
}

TEST_F(AdminServerTest, SaysWhichMethodsItTakes) {
  Client client(port_);
  client.send("POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
  const std::string answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_NE(answer.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos);
}

TEST_F(AdminServerTest, SteersAndShowsWhatIsThere) {
  Client client(port_);
  client.send(change("PATCH", "/api/shadows/next", R"({"paused":true})"));
  std::string answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")) << answer;
  EXPECT_NE(answer.find("\"name\": \"next\""), std::string::npos);
  client.send(change("PATCH", "/api/shadows", R"({"percent":2.5})"));
  answer = client.answer();
  EXPECT_NE(answer.find("\"shadows\": ["), std::string::npos) << answer;
  client.send(change("PATCH", "/api/shadows/none", R"({"percent":null})"));
  answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n")) << answer;
  const auto given = orders();
  ASSERT_EQ(given.size(), 3U);
  EXPECT_EQ(given[0].shadow, "next");
  EXPECT_EQ(given[0].paused, true);
  EXPECT_EQ(given[1].shadow, std::nullopt);
  EXPECT_EQ(given[1].percent, 250U);
  EXPECT_TRUE(given[2].sets_percent);
}

TEST_F(AdminServerTest, TakesABodyByteByByteAndTheNextRequestBehindIt) {
  Client client(port_);
  const std::string patch = change("PATCH", "/api/shadows/next", R"({"paused":false,"percent":100})");
  for (const char c : patch) client.send({&c, 1});
  EXPECT_TRUE(client.answer().starts_with("HTTP/1.1 200 "));
  client.send(patch + std::string(kHealthz) + patch);
  EXPECT_TRUE(client.answer().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(client.answer(), kHealthzAnswer);
  EXPECT_TRUE(client.answer().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(orders().size(), 3U);
}

TEST_F(AdminServerTest, Reloads) {
  Client client(port_);
  client.send(change("POST", "/api/reload", ""));
  EXPECT_NE(client.answer().find("shadow next: added"), std::string::npos);
  on_loop([this] { report_ = {ReloadReport::Outcome::invalid, {}, {}, {"umbra.yaml:3:1: wrong"}}; });
  client.send(change("POST", "/api/reload", ""));
  const std::string answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 422 Unprocessable Content\r\n")) << answer;
  EXPECT_NE(answer.find("umbra.yaml:3:1: wrong"), std::string::npos);
}

TEST_F(AdminServerTest, AChangeNeedsTheToken) {
  Client client(port_);
  client.send(
      "PATCH /api/shadows HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n{\"paused\":true}");
  std::string answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nWWW-Authenticate: Bearer\r\n"), std::string::npos);
  // Two tokens: which one counts is anybody's guess.
  client.send(
      fmt::format("POST /api/reload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Authorization: Bearer {}\r\n\r\n",
                  kToken, kToken));
  EXPECT_TRUE(client.answer().starts_with("HTTP/1.1 401 "));
  client.send(
      fmt::format("POST /api/reload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Origin: http://localhost\r\nOrigin: http://evil.example\r\n\r\n",
                  kToken));
  EXPECT_TRUE(client.answer().starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(orders().size(), 0U);
}

TEST_F(AdminServerTest, RefusesAStrangersHost) {
  Client client(port_);
  client.send("GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const std::string answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 Misdirected Request\r\n")) << answer;
  EXPECT_EQ(answer.find("Access-Control"), std::string::npos);
}

TEST_F(AdminServerTest, BoundsABody) {
  constexpr size_t kMost = AdminConnection::kBodyMax;
  const std::string order = R"({"paused":true})";
  Client fits(port_);
  fits.send(change("PATCH", "/api/shadows", order + std::string(kMost - order.size(), ' ')));
  EXPECT_TRUE(fits.answer().starts_with("HTTP/1.1 200 "));
  Client exceeds(port_);
  exceeds.send(change("PATCH", "/api/shadows", order + std::string(kMost + 1 - order.size(), ' ')));
  const std::string all = exceeds.to_the_end();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 413 Content Too Large\r\n")) << all;
  EXPECT_EQ(orders().size(), 1U);
}

TEST_F(AdminServerTest, WantsALength) {
  Client client(port_);
  client.send(
      "PATCH /api/shadows HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  EXPECT_TRUE(client.to_the_end().starts_with("HTTP/1.1 411 Length Required\r\n"));
}

TEST_F(AdminServerTest, SaysContinueToAClientThatWaitsForIt) {
  Client client(port_);
  const std::string order = R"({"paused":true})";
  client.send(
      fmt::format("PATCH /api/shadows HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
                  kToken, order.size()));
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(client.read_until([&](const std::string& all) { return all.size() >= kContinue.size(); }),
            kContinue);
  client.send(order);
  const std::string all = client.read_until([](const std::string& got) { return got.ends_with("}\n"); });
  EXPECT_TRUE(all.substr(kContinue.size()).starts_with("HTTP/1.1 200 OK\r\n")) << all;
}

TEST_F(AdminServerTest, RefusesWhatIsNotHttp) {
  for (const std::string& rubbish :
       {std::string("rubbish\r\n\r\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("\x16\x03\x01 hello"), std::string("GET / HTTP/1.1\nHost: a\n\n"),
        std::string("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n")}) {
    Client client(port_);
    client.send(rubbish);
    const std::string all = client.to_the_end();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 400 Bad Request\r\n")) << rubbish << " got " << all;
    EXPECT_NE(all.find("\r\nConnection: close\r\n"), std::string::npos);
  }
}

TEST_F(AdminServerTest, RefusesALongHead) {
  Client client(port_);
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(client.to_the_end().starts_with("HTTP/1.1 431 "));
}

TEST_F(AdminServerTest, AnswersAClientThatHasEnded) {
  Client client(port_);
  client.send(kHealthz);
  client.end();
  EXPECT_EQ(client.to_the_end(), kHealthzAnswer);
}

TEST_F(AdminServerTest, HoldsABoundedNumberOfConnections) {
  std::vector<std::unique_ptr<Client>> clients;
  for (size_t i = 0; i < AdminServer::kConnectionsMax; ++i) {
    clients.push_back(std::make_unique<Client>(port_));
    clients.back()->send(kHealthz);
    EXPECT_EQ(clients.back()->answer(), kHealthzAnswer);
  }
  Client one_more(port_);
  EXPECT_EQ(one_more.to_the_end(), "");
  clients.pop_back();
  while (connections() == AdminServer::kConnectionsMax) std::this_thread::yield();
  Client again(port_);
  again.send(kHealthz);
  EXPECT_EQ(again.answer(), kHealthzAnswer);
}

TEST_F(AdminServerTest, ASnapshotMayComeWhenItsClientOrTheServerHasGone) {
  on_loop([this] { hold_ = true; });
  {
    Client leaves(port_);
    leaves.send(kHealthz);
    size_t asked = 0;
    while (asked == 0) on_loop([&] { asked = held_.size(); });
  }
  on_loop([this] { held_.front()(sample_snapshot()); });
  Client stays(port_);
  stays.send(kHealthz);
  size_t asked = 0;
  while (asked < 2) on_loop([&] { asked = held_.size(); });
  Client steers(port_);
  steers.send(change("PATCH", "/api/shadows/next", R"({"paused":true})"));
  asked = 0;
  while (asked == 0) on_loop([&] { asked = held_steered_.size(); });
  on_loop([this] {
    server_.reset();
    held_.back()(sample_snapshot());
    held_steered_.back()(true);
    held_steered_.front()(false);
  });
}

}  // namespace
}  // namespace umbra::control
