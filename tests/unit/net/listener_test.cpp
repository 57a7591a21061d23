#include "umbra/net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

class ListenerTest : public LoopTest {
 protected:
  static Address local() { return {Address::Kind::tcp, "127.0.0.1", 0, ""}; }
  void listen(const Address& address = local()) {
    auto socket = ListenSocket::open(address, false);
    ASSERT_TRUE(socket) << socket.error().detail;
    port = socket->address().port;
    listener = std::make_unique<Listener>(*loop, std::move(*socket), log, [this](int fd, bool unix_path) {
      accepted.emplace_back(fd);
      was_unix = unix_path;
      return accepted.size() < most;
    });
    ASSERT_TRUE(listener->start());
  }
  void TearDown() override {
    listener.reset();
    LoopTest::TearDown();
  }

  Log log{LogLevel::off, LogFormat::text, STDERR_FILENO};
  std::unique_ptr<Listener> listener;
  std::vector<Peer> accepted;
  size_t most = SIZE_MAX;
  uint16_t port = 0;
  bool was_unix = false;
};

TEST_F(ListenerTest, AcceptsNonBlockingSockets) {
  listen();
  EXPECT_NE(port, 0) << "the kernel's choice is known";
  const Peer one = Peer::connect(port);
  ASSERT_TRUE(turn_until([&] { return accepted.size() == 1; }));
  EXPECT_NE(::fcntl(accepted[0].fd(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(accepted[0].fd(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_FALSE(was_unix);
}

TEST_F(ListenerTest, ManyAtOnce) {
  listen();
  std::vector<Peer> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(Peer::connect(port));
  EXPECT_TRUE(turn_until([&] { return accepted.size() == 200; }));
}

TEST_F(ListenerTest, PausesWhenNoMoreAreWantedAndResumes) {
  listen();
  most = 2;
  std::vector<Peer> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(Peer::connect(port));
  ASSERT_TRUE(turn_until([&] { return accepted.size() == 2; }));
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(accepted.size(), 2u) << "the others wait in the backlog";
  EXPECT_EQ(listener->times_paused(), 1u);
  most = SIZE_MAX;
  listener->resume();
  listener->resume();
  EXPECT_TRUE(turn_until([&] { return accepted.size() == 4; }));
  EXPECT_EQ(listener->times_paused(), 1u);
}

// Lowers the limit to what is in use, for as long as it lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(STDERR_FILENO);  // the lowest that is free
    ::close(next);
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &low);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(ListenerTest, WithoutDescriptorsItPausesKeepsThemWaitingAndResumes) {
  listen();
  // UBSan looks at objects with descriptors of its own, but only the first time: so it pauses once before.
  most = 1;
  const Peer first = Peer::connect(port);
  ASSERT_TRUE(turn_until([&] { return listener->times_paused() == 1; }));
  most = SIZE_MAX;
  listener->resume();
  const Peer client = Peer::connect(port);
  uv_loop_t* const turns = loop->uv();
  const Listener& paused = *listener;
  const Nanos deadline = monotonic_now() + kPatience;
  {
    const NoMoreDescriptors now;
    while (paused.times_paused() < 2 && monotonic_now() < deadline) uv_run(turns, UV_RUN_NOWAIT);
  }
  EXPECT_EQ(paused.times_paused(), 2u);
  EXPECT_EQ(accepted.size(), 1u);
  client.send("still here");
  ASSERT_TRUE(turn_until([&] { return accepted.size() == 2; })) << "it tries again by itself";
  EXPECT_EQ(accepted[1].read_now(), "still here") << "not accepted and closed, as libuv would have";
}

TEST_F(ListenerTest, APortInUseIsSaid) {
  const auto one = ListenSocket::open(local(), false);
  ASSERT_TRUE(one);
  const auto two = ListenSocket::open(one->address(), false);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, Errc::in_use);
}

TEST_F(ListenerTest, SharedPortsAndDuplicates) {
  const auto one = ListenSocket::open(local(), true);
  ASSERT_TRUE(one);
  EXPECT_TRUE(ListenSocket::open(one->address(), true)) << "SO_REUSEPORT";
  const auto again = one->duplicate();
  ASSERT_TRUE(again);
  EXPECT_NE(again->fd(), one->fd());
  EXPECT_EQ(again->address().port, one->address().port);
}

TEST_F(ListenerTest, OnlyAddressesAreListenedOn) {
  const auto bad = ListenSocket::open({Address::Kind::tcp, "example.invalid", 0, ""}, false);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::bad_config);
  EXPECT_TRUE(ListenSocket::open({Address::Kind::tcp, "localhost", 0, ""}, false));
}

class UnixListenerTest : public ListenerTest {
 protected:
  ~UnixListenerTest() override { ::unlink(path.c_str()); }
  Address at_path() const { return {Address::Kind::unix_path, "", 0, path}; }
  Peer connect_to_path() const {
    Peer peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::memcpy(where.sun_path, path.data(), path.size());
    EXPECT_EQ(::connect(peer.fd(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    return peer;
  }
  const std::string path = testing::TempDir() + "umbra-listener-" + std::to_string(getpid());
};

TEST_F(UnixListenerTest, Accepts) {
  listen(at_path());
  const Peer client = connect_to_path();
  ASSERT_TRUE(turn_until([&] { return accepted.size() == 1; }));
  EXPECT_TRUE(was_unix);
}

TEST_F(UnixListenerTest, APathThatSomebodyListensOnIsInUse) {
  const auto one = ListenSocket::open(at_path(), false);
  ASSERT_TRUE(one);
  const auto two = ListenSocket::open(at_path(), false);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, Errc::in_use);
  const Peer client = connect_to_path();  // and it was not taken away
}

TEST_F(UnixListenerTest, APathThatWasLeftBehindIsTakenOver) {
  { ASSERT_TRUE(ListenSocket::open(at_path(), false)); }
  const auto again = ListenSocket::open(at_path(), false);
  ASSERT_TRUE(again) << again.error().detail;
  const Peer client = connect_to_path();
  again->unlink_path();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(UnixListenerTest, APlainFileIsNotTakenOver) {
  ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EXPECT_FALSE(ListenSocket::open(at_path(), false));
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace umbra::net
