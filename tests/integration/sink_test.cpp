// umbra sink in this process, over real sockets.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

#include "support/eventually.h"
#include "support/test_client.h"
#include "umbra/generate/runner.h"
#include "umbra/generate/sink_model_file.h"
#include "umbra/generate/sink_server.h"

namespace umbra::integration {
namespace {

using generate::SinkModelFile;
using generate::SinkOptions;
using generate::SinkOutcome;
using generate::SinkServer;
using support::body_of;
using support::Clock;
using support::Ending;
using support::Millis;
using support::status_of;
using support::TestClient;

std::string get(std::string_view target = "/", std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

// A sink on a thread of its own.
class RunningSink {
 public:
  explicit RunningSink(const std::string& model = "", SinkOptions options = {})
      : options_(std::move(options)) {
    SinkModelFile file = generate::read_sink_model(model, "sink.yaml");
    for (const std::string& problem : file.problems) ADD_FAILURE() << problem;
    options_.model = std::make_shared<generate::SinkModel>(std::move(file.model));
    if (options_.listen.empty()) options_.listen = {{net::Address::Kind::tcp, "127.0.0.1", 0, ""}};
    server_ = std::make_unique<SinkServer>(options_, log_);
    const auto opened = server_->open();
    if (!opened) ADD_FAILURE() << opened.error().detail;
    outcome_ = std::async(std::launch::async, [this] { return server_->run(); });
  }
  ~RunningSink() {
    if (outcome_.valid()) end();
  }
  RunningSink(const RunningSink&) = delete;
  RunningSink& operator=(const RunningSink&) = delete;

  uint16_t port() const { return server_->addresses().front().port; }
  const net::Address& address() const { return server_->addresses().front(); }
  void stop() { server_->stop(); }
  // What it has done, after it has ended.
  SinkOutcome result() {
    if (outcome_.wait_for(support::kPatience) != std::future_status::ready)
      ADD_FAILURE() << "it does not end";
    auto outcome = outcome_.get();
    EXPECT_TRUE(outcome);
    if (!outcome) return {};
    EXPECT_EQ(outcome->tally.requests(), outcome->tally.answered() + outcome->tally.unanswered);
    return std::move(*outcome);
  }
  SinkOutcome end() {
    stop();
    return result();
  }

 private:
  Log log_{LogLevel::off, LogFormat::text, STDERR_FILENO};
  SinkOptions options_;
  std::unique_ptr<SinkServer> server_;
  std::future<Result<SinkOutcome>> outcome_;
};

Millis since(Clock::time_point begin) { return std::chrono::duration_cast<Millis>(Clock::now() - begin); }

TEST(Sink, AnswersAndKeepsTheConnection) {
  RunningSink sink;
  TestClient client(sink.port());
  for (int i = 0; i < 3; ++i) {
    const std::string answer = client.exchange(get("/any?thing"));
    EXPECT_EQ(status_of(answer), 200U);
    EXPECT_EQ(body_of(answer), "200 OK\n");
    EXPECT_EQ(support::field_of(answer, "Connection"), "");
  }
  const SinkOutcome outcome = sink.end();
  EXPECT_EQ(outcome.tally.answered(), 3U);
  EXPECT_EQ(outcome.tally.connections, 1U);
}

TEST(Sink, AnswersPipelinedRequestsInTheirOrder) {
  RunningSink sink(
      "routes:\n- {path: /slow, latency: 60ms, body: slow}\n- {path: /quick, body: quick}\n"
      "- {path: /soon, latency: 5ms, body: soon}\n");
  TestClient client(sink.port());
  ASSERT_TRUE(client.send(get("/slow") + get("/quick") + get("/soon") + get("/slow")));
  for (const char* body : {"slow", "quick", "soon", "slow"}) EXPECT_EQ(body_of(client.read_answer()), body);
}

TEST(Sink, TakesAsManyPipelinedRequestsAsComeButHoldsFew) {
  RunningSink sink("default: {latency: 1ms}");
  TestClient client(sink.port());
  constexpr size_t kRequests = 20 * generate::SinkConnection::kPipelineMax + 7;
  std::string all;
  for (size_t i = 0; i < kRequests; ++i) all += get();
  std::thread sender([&] { EXPECT_TRUE(client.send(all)); });
  sender.join();
  for (size_t i = 0; i < kRequests; ++i) ASSERT_EQ(status_of(client.read_answer()), 200U) << i;
  EXPECT_EQ(sink.end().tally.answered(), kRequests);
}

TEST(Sink, PipelinedRequestsBeyondTheBoundAreNotRead) {
  RunningSink sink("default: {latency: 1h}");
  constexpr size_t kMax = generate::SinkConnection::kPipelineMax;
  {
    TestClient client(sink.port());
    std::string all;
    for (size_t i = 0; i < 4 * kMax; ++i) all += get();
    ASSERT_TRUE(client.send(all));
    // Another one is answered behind it, and so has it been read.
    TestClient other(sink.port());
    ASSERT_TRUE(other.send("nonsense\r\n\r\n"));
    EXPECT_EQ(status_of(other.read_answer()), 400U);
    client.reset();
  }
  const SinkOutcome outcome = sink.end();
  EXPECT_EQ(outcome.tally.answered(), 0U);
  EXPECT_LE(outcome.tally.unanswered, kMax);
  EXPECT_GT(outcome.tally.unanswered, 0U);
}

TEST(Sink, HeadHasNoBody) {
  RunningSink sink("default: {size: 1000}");
  TestClient client(sink.port());
  ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get()));
  const std::string head = client.read_answer_to_head();
  EXPECT_EQ(support::field_of(head, "Content-Length"), "1000");
  EXPECT_EQ(body_of(head), "");
  EXPECT_EQ(body_of(client.read_answer()).size(), 1000U);
}

TEST(Sink, BodiesOfEitherFramingAreReadAndDropped) {
  RunningSink sink;
  TestClient client(sink.port());
  const std::string large(300'000, 'x');
  EXPECT_EQ(
      status_of(client.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + large)),
      200U);
  EXPECT_EQ(status_of(client.exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                      "5\r\nhello\r\n3;ext=1\r\nyou\r\n0\r\nTrailer: x\r\n\r\n")),
            200U);
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  ASSERT_TRUE(client.send_byte_by_byte(request + get()));
  EXPECT_EQ(status_of(client.read_answer()), 200U);
  EXPECT_EQ(status_of(client.read_answer()), 200U);
  EXPECT_EQ(sink.end().tally.answered(), 4U);
}

TEST(Sink, SaysContinueToWhoExpectsIt) {
  RunningSink sink("routes: [{path: /slow, latency: 50ms, body: slow}]");
  TestClient client(sink.port());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  ASSERT_TRUE(client.send(head));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(status_of(client.exchange("hello")), 200U);
  // Behind the answer that comes before it.
  ASSERT_TRUE(client.send(get("/slow") + head));
  EXPECT_EQ(body_of(client.read_answer()), "slow");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(status_of(client.exchange("hello")), 200U);
  // Not to who does not wait for it.
  const std::string at_once = client.exchange(head + "hello");
  EXPECT_EQ(status_of(at_once), 200U) << at_once;
}

TEST(Sink, ClosesWhenItIsToldTo) {
  RunningSink sink;
  TestClient client(sink.port());
  const std::string answer = client.exchange(get("/", "Connection: close\r\n"));
  EXPECT_EQ(support::field_of(answer, "Connection"), "close");
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.ending(), Ending::eof);
  TestClient old(sink.port());
  EXPECT_EQ(status_of(old.exchange("GET / HTTP/1.0\r\n\r\n")), 200U);
  EXPECT_TRUE(old.wait_for_end());
  TestClient kept(sink.port());
  for (int i = 0; i < 2; ++i) {
    const std::string kept_answer = kept.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(support::field_of(kept_answer, "Connection"), "keep-alive");
  }
}

TEST(Sink, WhoEndsItsSideGetsItsAnswers) {
  RunningSink sink("default: {latency: 30ms}");
  TestClient client(sink.port());
  ASSERT_TRUE(client.send(get() + get()));
  client.half_close();
  EXPECT_EQ(status_of(client.read_answer()), 200U);
  EXPECT_EQ(status_of(client.read_answer()), 200U);
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.ending(), Ending::eof);
}

TEST(Sink, WhatIsNoRequestIsRefusedBehindWhatWasOne) {
  struct Row {
    std::string bytes;
    unsigned status;
  };
  for (const Row& row : {Row{"nonsense\r\n\r\n", 400},
                         {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                         {get("/", "Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
                         {get("/", "X: " + std::string(70'000, 'x') + "\r\n"), 431}}) {
    RunningSink sink("default: {latency: 20ms}");
    TestClient client(sink.port());
    ASSERT_TRUE(client.send(get() + row.bytes));
    EXPECT_EQ(status_of(client.read_answer()), 200U);
    const std::string refusal = client.read_answer();
    EXPECT_EQ(status_of(refusal), row.status) << refusal;
    EXPECT_EQ(support::field_of(refusal, "Connection"), "close");
    EXPECT_TRUE(client.wait_for_end());
    EXPECT_EQ(client.ending(), Ending::eof);
    EXPECT_EQ(sink.end().tally.refused, 1U);
  }
}

TEST(Sink, DelaysHoldNobodyElseUp) {
  RunningSink sink("routes: [{path: /slow, latency: 1h}]\ndefault: {latency: 50ms}");
  TestClient stuck(sink.port());
  ASSERT_TRUE(stuck.send(get("/slow")));
  std::vector<std::unique_ptr<TestClient>> clients;
  const auto begin = Clock::now();
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<TestClient>(sink.port()));
    ASSERT_TRUE(clients.back()->send(get()));
  }
  for (const auto& client : clients) EXPECT_EQ(status_of(client->read_answer()), 200U);
  EXPECT_GE(since(begin).count(), 50);
  EXPECT_LT(since(begin).count(), 100 * 50) << "one after the other";
  stuck.reset();
}

TEST(Sink, RoutesAnswerByTheirModel) {
  RunningSink sink(
      "routes:\n"
      "- {method: POST, path: '/orders/{id}', status: 201, body: '{}', headers: {Content-Type: "
      "application/json}}\n"
      "- {path: /gone, status: 204}\n"
      "default: {status: 404}\n");
  TestClient client(sink.port());
  const std::string made =
      client.exchange("POST /orders/7?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(status_of(made), 201U);
  EXPECT_EQ(support::field_of(made, "Content-Type"), "application/json");
  EXPECT_EQ(body_of(made), "{}");
  EXPECT_EQ(status_of(client.exchange(get("/gone"))), 204U);
  EXPECT_EQ(status_of(client.exchange(get("/orders/7"))), 404U);
  const SinkOutcome outcome = sink.end();
  ASSERT_EQ(outcome.tally.routes.size(), 3U);
  EXPECT_EQ(outcome.tally.routes[0].answered.at(201), 1U);
  EXPECT_EQ(outcome.tally.routes[1].answered.at(204), 1U);
  EXPECT_EQ(outcome.tally.routes[2].answered.at(404), 1U);
}

TEST(Sink, LargeBodiesComeWholeToSlowReaders) {
  RunningSink sink("default: {size: 8MiB}");
  TestClient client(sink.port());
  ASSERT_TRUE(client.send(get() + get() + get("/", "Connection: close\r\n")));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(body_of(client.read_answer()).size(), size_t{8} << 20);
  EXPECT_TRUE(client.wait_for_end());
}

TEST(Sink, TheSameRunTwice) {
  std::vector<std::string> runs;
  for (int run = 0; run < 2; ++run) {
    SinkOptions options;
    options.seed = 42;
    RunningSink sink("default: {status: '200:1,404:1,500:1', size: 'uniform:0-9'}", options);
    TestClient client(sink.port());
    std::string& all = runs.emplace_back();
    for (int i = 0; i < 50; ++i) all += client.exchange(get());
  }
  EXPECT_EQ(runs[0], runs[1]);
}

TEST(Sink, ConnectionsAboveTheBoundWait) {
  SinkOptions options;
  options.connections = 2;
  RunningSink sink("", options);
  auto first = std::make_unique<TestClient>(sink.port());
  TestClient second(sink.port());
  EXPECT_EQ(status_of(first->exchange(get())), 200U);
  EXPECT_EQ(status_of(second.exchange(get())), 200U);
  TestClient third(sink.port());
  ASSERT_TRUE(third.send(get()));
  EXPECT_EQ(third.read_some(Millis(100)), "");
  first.reset();
  EXPECT_EQ(status_of(third.read_answer()), 200U);
}

TEST(Sink, IdleConnectionsEnd) {
  SinkOptions options;
  options.patience = 100 * kMillisecond;
  RunningSink sink("routes: [{path: /slow, latency: 2500ms}]", options);
  TestClient idle(sink.port());
  TestClient half(sink.port());
  ASSERT_TRUE(half.send("GET / HT"));
  TestClient waiting(sink.port());
  ASSERT_TRUE(waiting.send(get("/slow")));
  EXPECT_TRUE(idle.wait_for_end());
  EXPECT_TRUE(half.wait_for_end());
  EXPECT_EQ(status_of(waiting.read_answer()), 200U) << "it is the sink's turn";
}

TEST(Sink, SeveralThreadsServeOnePort) {
  SinkOptions options;
  options.threads = 3;
  RunningSink sink("", options);
  for (int i = 0; i < 30; ++i) {
    TestClient client(sink.port());
    EXPECT_EQ(status_of(client.exchange(get())), 200U);
  }
  const SinkOutcome outcome = sink.end();
  EXPECT_EQ(outcome.tally.answered(), 30U);
  EXPECT_EQ(outcome.tally.connections, 30U);
}

TEST(Sink, UnixSocketsAreServedAndRemoved) {
  const std::string path = ::testing::TempDir() + "umbra-sink-" + std::to_string(::getpid()) + ".sock";
  SinkOptions options;
  options.listen = {{net::Address::Kind::unix_path, "", 0, path}};
  RunningSink sink("", options);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof where.sun_path);
  path.copy(where.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  ASSERT_EQ(::fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  support::Wire client(fd);
  ASSERT_TRUE(client.send(get()));
  EXPECT_EQ(status_of(client.read_message(support::MessageKind::answer)), 200U);
  sink.end();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Sink, APortThatIsTakenIsNamed) {
  RunningSink sink;
  for (const unsigned threads : {1U, 2U}) {
    SinkOptions options;
    options.listen = {sink.address()};
    options.threads = threads;
    Log log(LogLevel::off, LogFormat::text, STDERR_FILENO);
    SinkServer second(options, log);
    const auto opened = second.open();
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().detail.starts_with("--listen " + sink.address().text()))
        << opened.error().detail;
  }
}

TEST(Sink, WhatIsUnderWayIsAnsweredAtTheEnd) {
  RunningSink sink("default: {latency: 300ms}");
  TestClient asked(sink.port());
  TestClient half(sink.port());
  TestClient idle(sink.port());
  ASSERT_EQ(status_of(idle.exchange(get())), 200U);
  ASSERT_TRUE(asked.send(get() + get()));
  ASSERT_TRUE(half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  ASSERT_EQ(half.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  sink.stop();
  EXPECT_TRUE(idle.wait_for_end());
  EXPECT_EQ(status_of(half.exchange("hello")), 200U);
  EXPECT_EQ(support::field_of(asked.read_answer(), "Connection"), "");
  EXPECT_EQ(support::field_of(asked.read_answer(), "Connection"), "close");
  EXPECT_TRUE(asked.wait_for_end());
  asked.close();
  half.close();
  const SinkOutcome outcome = sink.result();
  EXPECT_EQ(outcome.tally.answered(), 4U);
  EXPECT_EQ(outcome.tally.unanswered, 0U);
  EXPECT_LT(outcome.elapsed, 5 * kSecond);
}

TEST(Sink, WhatIsNotDueInFiveSecondsIsGivenUp) {
  RunningSink sink("default: {latency: 1h}");
  TestClient client(sink.port());
  ASSERT_TRUE(client.send(get()));
  TestClient other(sink.port());
  ASSERT_TRUE(other.send("nonsense\r\n\r\n"));
  ASSERT_EQ(status_of(other.read_answer()), 400U);
  const auto begin = Clock::now();
  const SinkOutcome outcome = sink.end();
  EXPECT_GE(since(begin).count(), 4900);
  EXPECT_EQ(outcome.tally.unanswered, 1U);
  EXPECT_TRUE(client.wait_for_end());
}

TEST(Sink, SignalsEndItAndASecondOneAtOnce) {
  RunningSink sink("routes: [{path: /slow, latency: 1h}]");
  TestClient client(sink.port());
  // It runs, and so are the signals watched.
  ASSERT_EQ(status_of(client.exchange(get())), 200U);
  ASSERT_TRUE(client.send(get("/slow") + get()));
  TestClient idle(sink.port());
  ASSERT_EQ(status_of(idle.exchange(get())), 200U);
  const auto begin = Clock::now();
  ASSERT_EQ(::raise(SIGTERM), 0);
  EXPECT_TRUE(idle.wait_for_end());
  ASSERT_EQ(::raise(SIGINT), 0);
  const SinkOutcome outcome = sink.result();
  EXPECT_LT(since(begin).count(), 4500);
  EXPECT_EQ(outcome.tally.answered(), 2U);
}

TEST(Sink, IsATargetOfTheGenerator) {
  SinkOptions options;
  options.threads = 2;
  RunningSink sink("default: {status: '200:9,500:1', latency: 'exponential:1ms', size: 'uniform:0-20KiB'}",
                   options);
  generate::Options load;
  load.target.address = sink.address();
  load.request.bytes = get();
  load.load.users = 20;
  load.load.iterations = 2'000;
  const auto outcome = generate::Runner(load).run([](const generate::Tally&, Nanos) {});
  ASSERT_TRUE(outcome);
  const SinkOutcome served = sink.end();
  EXPECT_EQ(outcome->tally.answered, 2'000U);
  EXPECT_EQ(served.tally.answered(), 2'000U);
  EXPECT_EQ(served.tally.routes[0].answered.at(200), outcome->tally.statuses[2]);
  EXPECT_EQ(served.tally.routes[0].answered.at(500), outcome->tally.statuses[5]);
}

}  // namespace
}  // namespace umbra::integration
