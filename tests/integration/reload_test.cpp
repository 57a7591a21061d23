// What changes while umbra runs: reloads, orders of people and the kill switch, under load.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "integration/watcher.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/lean_origin.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"
#include "umbra/mirror/compile.h"

namespace umbra::integration {
namespace {

using control::ReloadReport;
using support::LeanOrigin;
using support::OriginConnection;
using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

constexpr std::string_view kGet = "GET /w HTTP/1.1\r\nHost: app.example\r\n\r\n";

mirror::ShadowOptions shadow(const std::string& name, const net::Address& address) {
  mirror::ShadowOptions made;
  made.name = name;
  made.url = "http://" + address.text();
  made.authority = address.text();
  made.address = address;
  return made;
}

// What a configuration file is to the command: tests write it, reloads read it.
class File {
 public:
  void write(app::Helm::Reading contents) {
    const std::lock_guard lock(mutex_);
    contents_ = std::move(contents);
  }
  void write(const config::ProxyOptions& options) {
    write({std::make_shared<const config::ProxyOptions>(options), {}});
  }
  app::Helm::Read reader() {
    return [this](const config::ProxyOptions&) {
      const std::lock_guard lock(mutex_);
      return contents_;
    };
  }

 private:
  std::mutex mutex_;
  app::Helm::Reading contents_;
};

// Clients that go on, over many connections, until they are stopped.
class Load {
 public:
  Load(unsigned clients, uint16_t port) {
    for (unsigned i = 0; i < clients; ++i) threads_.emplace_back([this, port] { run(port); });
  }
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  uint64_t answered() const noexcept { return answered_; }
  bool wait_for_more(uint64_t requests) const {
    const uint64_t enough = answered_ + requests;
    return support::eventually([&] { return answered_ >= enough; });
  }
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void run(uint16_t port) {
    while (!stopping_) {
      TestClient client(port);
      for (unsigned request = 0; request < 25 && !stopping_; ++request) {
        const std::string answer = client.exchange(kGet);
        EXPECT_EQ(answer, LeanOrigin::kAnswer);
        if (answer.empty()) return;
        ++answered_;
      }
    }
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> answered_ = 0;
  std::vector<std::thread> threads_;
};

class Reload : public ::testing::TestWithParam<unsigned> {
 protected:
  config::ProxyOptions options(std::vector<mirror::ShadowOptions> shadows) const {
    auto made = support::proxy_options(app_.address());
    made.mirror.shadows = std::move(shadows);
    made.workers = GetParam();
    made.drain.timeout = 5 * kSecond;
    return made;
  }
  mirror::ShadowOptions stays() const { return shadow("stays", stays_.address()); }
  mirror::ShadowOptions comes() const { return shadow("comes", comes_.address()); }
  static bool quiet(RunningProxy& umbra) {
    return support::eventually([&] {
      const auto now = umbra.snapshot();
      uint64_t in_flight = now.removed.in_flight;
      for (const auto& counters : now.total.shadows) in_flight += counters.in_flight;
      return in_flight == 0 && now.total.live.exchanges == now.total.live.ended;
    });
  }

  LeanOrigin app_;
  LeanOrigin stays_;
  LeanOrigin comes_;
  LeanOrigin moves_;
  File file_;
};

TEST_P(Reload, UnderLoadNothingIsLost) {
  constexpr unsigned kReloads = 50;
  RunningProxy umbra(options({stays()}), file_.reader());
  Watcher watcher(umbra);
  Load load(4, umbra.port());
  const std::vector<std::vector<mirror::ShadowOptions>> turns{
      {comes(), stays()},
      {stays(), shadow("moves", moves_.address()), comes()},
      {shadow("moves", comes_.address()), stays()},
      {stays()}};
  uint64_t removed = 0;
  for (unsigned n = 0; n < kReloads; ++n) {
    file_.write(options(turns[n % turns.size()]));
    const ReloadReport report = umbra.reload();
    ASSERT_EQ(report.outcome, ReloadReport::Outcome::done);
    EXPECT_FALSE(report.changes.empty());
    removed += n % turns.size() == 2 ? 2 : n % turns.size() == 3 ? 1 : 0;  // by the reload to this turn
    ASSERT_TRUE(load.wait_for_more(20));
  }
  load.stop();
  ASSERT_TRUE(quiet(umbra));
  EXPECT_EQ(watcher.stop(), "");

  const auto snapshot = umbra.snapshot();
  const auto& all = snapshot.counters_of(turns[(kReloads - 1) % turns.size()][0].name == "stays" ? 0 : 1);
  EXPECT_EQ(snapshot.total.live.ended, load.answered());
  EXPECT_EQ(all.seen, load.answered());
  EXPECT_EQ(all.completed, load.answered()) << outcomes(all);
  EXPECT_EQ(stays_.requests(), load.answered()) << "a copy was lost, or sent twice";
  EXPECT_EQ(snapshot.reloads.succeeded, kReloads);
  EXPECT_EQ(snapshot.removed_shadows, removed);

  uint64_t completed = snapshot.removed.completed;
  for (size_t i = 0; i < snapshot.shadows.size(); ++i) completed += snapshot.counters_of(i).completed;
  EXPECT_EQ(completed, stays_.requests() + comes_.requests() + moves_.requests());
  EXPECT_EQ(snapshot.removed.seen, snapshot.removed.accounted());
  EXPECT_GT(snapshot.removed.completed, 0U);
  EXPECT_EQ(snapshot.removed.held_bytes_limit, 0U) << "what is gone may hold nothing";
}

TEST_P(Reload, FromNoShadowToOneAndBack) {
  RunningProxy umbra(options({}), file_.reader());
  TestClient client(umbra.port());
  EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
  file_.write(options({comes()}));
  EXPECT_EQ(umbra.reload().changes, std::vector<std::string>{"shadow comes: added, " + comes().url});
  EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
  EXPECT_TRUE(support::eventually([&] { return umbra.shadow().completed == 1; }));
  file_.write(options({}));
  EXPECT_EQ(umbra.reload().changes, std::vector<std::string>{"shadow comes: removed"});
  EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
  ASSERT_TRUE(quiet(umbra));
  const auto snapshot = umbra.snapshot();
  EXPECT_TRUE(snapshot.shadows.empty());
  EXPECT_EQ(snapshot.removed.seen, 1U);
  EXPECT_EQ(snapshot.removed.completed, 1U);
  EXPECT_EQ(comes_.requests(), 1U);
}

TEST_P(Reload, ANewPasswordIsTheShadowsFromThenOn) {
  ScriptedOrigin strict(support::serve_http);
  auto with_password = [&](const std::string& authorization) {
    auto made = shadow("strict", strict.address());
    made.authorization = authorization;
    EXPECT_TRUE(mirror::compile_rules(made));
    return options({made});
  };
  RunningProxy umbra(with_password("Basic b2xk"), file_.reader());
  TestClient client(umbra.port());
  client.exchange(kGet);
  ASSERT_TRUE(strict.wait_for_requests(1));
  file_.write(with_password("Basic bmV3"));
  EXPECT_EQ(umbra.reload().changes, std::vector<std::string>{"shadow strict: changed"});
  client.exchange(kGet);
  ASSERT_TRUE(strict.wait_for_requests(2));
  const auto copies = strict.all_requests();
  EXPECT_EQ(support::field_of(copies[0], "Authorization"), "Basic b2xk");
  EXPECT_EQ(support::field_of(copies[1], "Authorization"), "Basic bmV3");
}

// A copy in flight is answered though its shadow has gone; one whose body is still coming, too.
TEST_P(Reload, CopiesInFlightAreUntouched) {
  ScriptedOrigin app(support::serve_http);
  ScriptedOrigin slow(support::serve_http);
  auto made = options({shadow("slow", slow.address())});
  made.relay.app = app.address();
  RunningProxy umbra(made, file_.reader());
  TestClient client(umbra.port());
  client.send("POST /half HTTP/1.1\r\nHost: app.example\r\nContent-Length: 10\r\n\r\nhello");
  ASSERT_TRUE(slow.wait_for([](const std::list<support::Record>& all) {
    return !all.empty() && all.front().bytes.ends_with("hello");
  }));
  made.mirror.shadows.clear();
  file_.write(made);
  ASSERT_EQ(umbra.reload().outcome, ReloadReport::Outcome::done);
  EXPECT_EQ(umbra.snapshot().removed.in_flight, 1U);
  client.send("world");
  EXPECT_FALSE(client.read_answer().empty());
  ASSERT_TRUE(quiet(umbra));
  EXPECT_EQ(umbra.snapshot().removed.completed, 1U) << outcomes(umbra.snapshot().removed);
}

TEST_P(Reload, ABadFileChangesNothing) {
  RunningProxy umbra(options({stays()}), file_.reader());
  TestClient client(umbra.port());
  EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
  const double loaded = umbra.snapshot().reloads.loaded_at_seconds;
  file_.write({nullptr, {"umbra.yaml:1:1: one", "umbra.yaml:2:1: two"}});
  const ReloadReport report = umbra.reload();
  EXPECT_EQ(report.outcome, ReloadReport::Outcome::invalid);
  EXPECT_EQ(report.problems, (std::vector<std::string>{"umbra.yaml:1:1: one", "umbra.yaml:2:1: two"}));
  EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
  ASSERT_TRUE(quiet(umbra));
  auto snapshot = umbra.snapshot();
  EXPECT_EQ(snapshot.counters_of(0).completed, 2U);
  EXPECT_EQ(snapshot.reloads.failed, 1U);
  EXPECT_EQ(snapshot.reloads.succeeded, 0U);
  EXPECT_FALSE(snapshot.reloads.last_succeeded);
  EXPECT_EQ(snapshot.reloads.loaded_at_seconds, loaded);
  file_.write(options({stays()}));
  EXPECT_EQ(umbra.reload().changes, std::vector<std::string>{});
  snapshot = umbra.snapshot();
  EXPECT_TRUE(snapshot.reloads.last_succeeded);
  EXPECT_GT(snapshot.reloads.loaded_at_seconds, loaded);
  EXPECT_EQ(snapshot.counters_of(0).completed, 2U) << "a shadow that stays keeps its counters";
}

TEST_P(Reload, WhatNeedsARestartIsSaidAndStays) {
  RunningProxy umbra(options({stays()}), file_.reader());
  auto next = options({stays()});
  next.relay.app = comes_.address();
  next.workers = GetParam() + 1;
  file_.write(next);
  const ReloadReport report = umbra.reload();
  EXPECT_EQ(report.outcome, ReloadReport::Outcome::done);
  EXPECT_EQ(report.needs_restart, (std::vector<std::string>{"app", "workers"}));
  TestClient client(umbra.port());
  EXPECT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
  EXPECT_EQ(app_.requests(), 1U);
  EXPECT_EQ(umbra.snapshot().workers, GetParam());
}

TEST_P(Reload, NotWhileDraining) {
  RunningProxy umbra(options({stays()}), file_.reader());
  TestClient client(umbra.port());
  client.send("GET /half HTTP/1.1\r\n");  // holds the drain up
  ASSERT_TRUE(support::eventually([&] { return umbra.snapshot().total.sessions.opened == 1; }));
  umbra.drain();
  file_.write(options({comes()}));
  const ReloadReport report = umbra.reload();
  EXPECT_EQ(report.outcome, ReloadReport::Outcome::refused);
  EXPECT_EQ(umbra.snapshot().shadows.front().name, "stays");
}

TEST_P(Reload, SteeringUnderLoad) {
  RunningProxy umbra(options({stays(), comes()}), file_.reader());
  Watcher watcher(umbra);
  Load load(4, umbra.port());
  for (unsigned n = 0; n < 60; ++n) {
    control::Order order;
    if (n % 2 == 0) order.shadow = "comes";
    if (n % 3 == 0) order.paused = n % 4 < 2;
    order.sets_percent = true;
    if (n % 5 != 0) order.percent = n * 160;
    EXPECT_TRUE(umbra.steer(order));
    ASSERT_TRUE(load.wait_for_more(5));
  }
  load.stop();
  ASSERT_TRUE(quiet(umbra));
  EXPECT_EQ(watcher.stop(), "");
  const auto snapshot = umbra.snapshot();
  for (const size_t i : {0, 1}) {
    const auto& counters = snapshot.counters_of(i);
    EXPECT_EQ(counters.seen, load.answered());
    EXPECT_EQ(counters.completed + counters.dropped[Drop::paused] + counters.sampled_out, load.answered())
        << outcomes(counters);
  }
  EXPECT_EQ(stays_.requests(), snapshot.counters_of(0).completed);
  EXPECT_EQ(comes_.requests(), snapshot.counters_of(1).completed);
}

class Steer : public Reload {
 protected:
  // So many exchanges, one after another.
  void exchange(RunningProxy& umbra, unsigned count) {
    TestClient client(umbra.port());
    for (unsigned i = 0; i < count; ++i) ASSERT_EQ(client.exchange(kGet), LeanOrigin::kAnswer);
    ASSERT_TRUE(quiet(umbra));
  }
  static control::Order pause(bool paused) {
    control::Order order;
    order.paused = paused;
    return order;
  }
  static control::Order percent(std::optional<uint32_t> hundredths) {
    control::Order order;
    order.sets_percent = true;
    order.percent = hundredths;
    return order;
  }
};

TEST_P(Steer, AnOrderHoldsFromItsAnswerOn) {
  RunningProxy umbra(options({stays(), comes()}), file_.reader());
  auto one = pause(true);
  one.shadow = "comes";
  EXPECT_TRUE(umbra.steer(one));
  exchange(umbra, 10);
  EXPECT_EQ(umbra.shadow(0).completed, 10U);
  EXPECT_EQ(umbra.shadow(1).dropped[Drop::paused], 10U);
  EXPECT_EQ(comes_.requests(), 0U);
  EXPECT_TRUE(umbra.steer(percent(0)));
  exchange(umbra, 10);
  EXPECT_EQ(umbra.shadow(0).sampled_out, 10U) << "it has no sample of its own";
  EXPECT_EQ(umbra.shadow(1).dropped[Drop::paused], 20U);
  EXPECT_EQ(umbra.snapshot().shadows[1].percent, 0U);
  EXPECT_TRUE(umbra.steer(percent(std::nullopt)));
  EXPECT_TRUE(umbra.steer(pause(false)));
  exchange(umbra, 10);
  EXPECT_EQ(umbra.shadow(0).completed, 20U);
  EXPECT_EQ(umbra.shadow(1).completed, 10U);
  one.shadow = "nobody";
  EXPECT_FALSE(umbra.steer(one));
}

TEST_P(Steer, WhatWasSaidHoldsOverReloadsAsLongAsTheShadowStays) {
  RunningProxy umbra(options({stays(), comes()}), file_.reader());
  EXPECT_TRUE(umbra.steer(pause(true)));
  file_.write(options({comes(), shadow("stays", moves_.address())}));
  umbra.reload();
  auto snapshot = umbra.snapshot();
  EXPECT_TRUE(snapshot.shadows[0].paused);
  EXPECT_FALSE(snapshot.shadows[1].paused) << "of the same name, but another";
  exchange(umbra, 5);
  EXPECT_EQ(umbra.shadow(0).dropped[Drop::paused], 5U);
  EXPECT_EQ(umbra.shadow(1).completed, 5U);
}

TEST_P(Steer, AShadowMayBePausedByTheConfiguration) {
  auto paused = stays();
  paused.paused = true;
  RunningProxy umbra(options({paused}), file_.reader());
  exchange(umbra, 3);
  EXPECT_TRUE(umbra.snapshot().shadows[0].paused);
  EXPECT_EQ(umbra.shadow().dropped[Drop::paused], 3U);
  file_.write(options({stays()}));
  EXPECT_EQ(umbra.reload().changes, std::vector<std::string>{"shadow stays: changed"});
  exchange(umbra, 3);
  EXPECT_EQ(umbra.shadow().completed, 3U);
  file_.write(options({paused}));
  umbra.reload();
  exchange(umbra, 3);
  EXPECT_EQ(umbra.shadow().dropped[Drop::paused], 6U);
}

TEST_P(Steer, TheKillSwitch) {
  auto made = options({stays()});
  made.mirror.off = true;
  RunningProxy umbra(made, file_.reader());
  exchange(umbra, 5);
  EXPECT_TRUE(umbra.snapshot().mirror_off);
  EXPECT_EQ(umbra.shadow().dropped[Drop::paused], 5U);
  const auto switched = [&](bool off) {
    ::kill(::getpid(), SIGUSR2);
    return support::eventually([&] { return umbra.snapshot().mirror_off == off; });
  };
  ASSERT_TRUE(switched(false));
  exchange(umbra, 5);
  EXPECT_EQ(umbra.shadow().completed, 5U);
  ASSERT_TRUE(switched(true));
  exchange(umbra, 5);
  EXPECT_EQ(umbra.shadow().dropped[Drop::paused], 10U);
  file_.write(options({stays(), comes()}));
  umbra.reload();
  exchange(umbra, 5);
  EXPECT_EQ(umbra.shadow(1).dropped[Drop::paused], 5U) << "a shadow that comes is off too";
  EXPECT_TRUE(umbra.steer(pause(false)));
  EXPECT_FALSE(umbra.snapshot().mirror_off) << "a person who resumes all means all";
  exchange(umbra, 5);
  EXPECT_EQ(umbra.shadow(1).completed, 5U);
}

// SIGHUP reads the configuration and opens the access log again.
TEST_P(Steer, AHangUp) {
  const std::string path = testing::TempDir() + "umbra-reload-" + std::to_string(::getpid());
  const std::string moved = path + ".1";
  const auto lines = [](const std::string& of) {
    std::ifstream in(of);
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  };
  auto made = options({stays()});
  made.access_log = path;
  {
    RunningProxy umbra(made, file_.reader());
    exchange(umbra, 2);
    ASSERT_TRUE(support::eventually([&] { return lines(path).size() == 2; }));
    EXPECT_NE(lines(path).back().find("copied_to=\"stays\""), std::string::npos);
    ASSERT_EQ(::rename(path.c_str(), moved.c_str()), 0);
    made.mirror.shadows = {comes(), stays()};
    file_.write(made);
    ::kill(::getpid(), SIGHUP);
    ASSERT_TRUE(support::eventually([&] { return umbra.snapshot().reloads.succeeded == 1; }));
    exchange(umbra, 1);
    ASSERT_TRUE(support::eventually([&] { return lines(path).size() == 1; }));
    const std::string copied = lines(path).back().substr(lines(path).back().find("copied_to="));
    EXPECT_TRUE(copied == "copied_to=\"stays,comes\"" || copied == "copied_to=\"comes,stays\"") << copied;
  }
  EXPECT_EQ(lines(moved).size(), 2U);
  ::unlink(path.c_str());
  ::unlink(moved.c_str());
}

// The way of curl, through the real admin server.
TEST_P(Steer, OverTheAdminServer) {
  auto made = options({stays()});
  made.admin.push_back({net::Address::Kind::tcp, "127.0.0.1", 0, ""});
  made.admin_token = "the-first-token-of-two";
  RunningProxy umbra(made, file_.reader());
  TestClient admin(umbra.proxy().admin_addresses().front().port);
  const auto ask = [&](const std::string& line, const std::string& token, const std::string& body) {
    return admin.exchange(line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token +
                          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  };
  const std::string first = made.admin_token;
  EXPECT_TRUE(ask("PATCH /api/shadows/stays", first, R"({"paused":true})").starts_with("HTTP/1.1 200 "));
  exchange(umbra, 2);
  EXPECT_EQ(umbra.shadow().dropped[Drop::paused], 2U);
  file_.write({nullptr, {"umbra.yaml:1:1: wrong"}});
  const std::string invalid = ask("POST /api/reload", first, "");
  EXPECT_TRUE(invalid.starts_with("HTTP/1.1 422 ")) << invalid;
  EXPECT_NE(invalid.find("umbra.yaml:1:1: wrong"), std::string::npos);
  const std::string second = made.admin_token = "the-second-token-of-two";
  file_.write(made);
  EXPECT_NE(ask("POST /api/reload", first, "").find("admin token"), std::string::npos);
  EXPECT_TRUE(ask("POST /api/reload", first, "").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(ask("PATCH /api/shadows", second, R"({"paused":false})").starts_with("HTTP/1.1 200 "));
  exchange(umbra, 2);
  EXPECT_EQ(umbra.shadow().completed, 2U);
}

INSTANTIATE_TEST_SUITE_P(, Reload, ::testing::Values(1U, 3U),
                         [](const auto& row) { return std::to_string(row.param); });
INSTANTIATE_TEST_SUITE_P(, Steer, ::testing::Values(1U, 3U),
                         [](const auto& row) { return std::to_string(row.param); });

}  // namespace
}  // namespace umbra::integration
