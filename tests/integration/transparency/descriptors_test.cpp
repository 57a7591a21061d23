// Out of descriptors, or of sessions: accepting pauses and resumes, and those who are there go on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <list>

#include "support/eventually.h"
#include "support/http_script.h"
#include "support/proxy_fixture.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {
namespace {

using support::RunningProxy;
using support::ScriptedOrigin;
using support::TestClient;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(SessionsMax, TheNextClientWaitsUntilOneLeaves) {
  ScriptedOrigin app(support::serve_http);
  auto options = support::proxy_options(app.address());
  options.relay.sessions_max = 2;
  options.log_level = LogLevel::off;
  RunningProxy umbra(options);
  TestClient one(umbra.port());
  TestClient two(umbra.port());
  EXPECT_EQ(support::status_of(one.exchange(kGet)), 200u);
  EXPECT_EQ(support::status_of(two.exchange(kGet)), 200u);
  TestClient three(umbra.port());
  ASSERT_TRUE(three.is_open()) << "the kernel has accepted it";
  three.send(kGet);
  EXPECT_EQ(support::status_of(one.exchange(kGet)), 200u) << "those who are there go on";
  EXPECT_EQ(app.connections(), 2u) << "nobody serves it yet";
  two.close();
  EXPECT_EQ(support::status_of(three.read_answer()), 200u);
  EXPECT_GE(umbra.snapshot().total.sessions.accept_paused, 1u);
}

// The binary itself, under a limit of its own.
class Limited {
 public:
  Limited(const std::string& limit, const net::Address& app) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const std::string command = "ulimit -n " + limit + "; exec " + UMBRA_BINARY +
                                " proxy --listen 127.0.0.1:0 --log-format logfmt --app " + app.text();
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      for (int fd = 3; fd < 256; ++fd) ::close(fd);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    log_fd_ = ends[0];
    ::fcntl(log_fd_, F_SETFL, O_NONBLOCK);
    EXPECT_TRUE(support::eventually([this] { return log().find("address=127.0.0.1:") != std::string::npos; }))
        << log_;
    const size_t at = log_.find("address=127.0.0.1:") + 18;
    port_ = static_cast<uint16_t>(std::stoi(log_.substr(at)));
  }
  ~Limited() {
    ::kill(process_, SIGTERM);
    int status = 0;
    ::waitpid(process_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << "\n" << log();
    ::close(log_fd_);
  }
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;
  uint16_t port() const { return port_; }
  const std::string& log() {
    char part[4096];
    for (ssize_t n = 0; (n = ::read(log_fd_, part, sizeof part)) > 0;)
      log_.append(part, static_cast<size_t>(n));
    return log_;
  }

 private:
  pid_t process_ = -1;
  int log_fd_ = -1;
  uint16_t port_ = 0;
  std::string log_;
};

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(Descriptors, AFewServeMany) {
  ScriptedOrigin app(support::serve_http);
  Limited umbra("64", app.address());
  std::list<TestClient> clients;
  for (int i = 0; i < 100; ++i) {
    TestClient& client = clients.emplace_back(umbra.port());
    ASSERT_TRUE(client.is_open());
    client.send(kGet);
  }
  TestClient& first = clients.front();
  EXPECT_EQ(support::status_of(first.read_answer()), 200u);
  ASSERT_TRUE(support::eventually([&] { return umbra.log().find("accepting pauses") != std::string::npos; }));
  EXPECT_EQ(support::status_of(first.exchange(kGet)), 200u) << "those who are there go on";
  first.close();
  clients.pop_front();
  const auto began = support::Clock::now();
  while (!clients.empty()) {
    ASSERT_EQ(support::status_of(clients.front().read_answer()), 200u)
        << clients.size() << " were never served";
    clients.pop_front();
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(support::Clock::now() - began).count();
  EXPECT_LE(count(umbra.log(), "accepting pauses"), static_cast<size_t>(seconds) + 1)
      << "once a second at most";
}

}  // namespace
}  // namespace umbra::integration
