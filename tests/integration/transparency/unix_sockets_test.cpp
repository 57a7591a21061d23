// Unix sockets wherever an address may stand: for clients, the app and a shadow.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "support/eventually.h"
#include "support/http_script.h"
#include "support/proxy_fixture.h"
#include "support/test_client.h"
#include "umbra/net/listener.h"

namespace umbra::integration {
namespace {

using support::MessageKind;
using support::RunningProxy;
using support::Wire;

const std::string kPost = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

net::Address path(const std::string& name) {
  return {net::Address::Kind::unix_path, "", 0,
          testing::TempDir() + "umbra-" + name + "-" + std::to_string(getpid())};
}

sockaddr_un socket_at(const net::Address& address) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, address.path.data(), address.path.size());
  return where;
}

int connect_to(const net::Address& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un where = socket_at(address);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  return fd;
}

// A server at a path.
class UnixServer {
 public:
  explicit UnixServer(const net::Address& at)
      : address_(at), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::unlink(at.path.c_str());
    const sockaddr_un where = socket_at(at);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~UnixServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
    ::unlink(address_.path.c_str());
  }
  size_t requests() const { return requests_; }

 private:
  void serve() {
    std::vector<std::thread> threads;
    for (int fd = ::accept(fd_, nullptr, nullptr); fd >= 0; fd = ::accept(fd_, nullptr, nullptr)) {
      threads.emplace_back([this, fd] { answer(fd); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  void answer(int fd) {
    Wire wire(fd);
    for (std::string request = wire.read_message(MessageKind::request); !request.empty();
         request = wire.read_message(MessageKind::request)) {
      ++requests_;
      wire.send(support::http_answer(request));
    }
  }

  net::Address address_;
  int fd_;
  std::atomic<size_t> requests_ = 0;
  std::thread thread_;
};

TEST(UnixSockets, Everywhere) {
  UnixServer app(path("app"));
  UnixServer shadow(path("shadow"));
  auto options = support::proxy_options(path("app"), {path("shadow")});
  options.listen = {path("listen")};
  options.mirror.shadows[0].authority = "shadow";
  RunningProxy umbra(options);
  {
    Wire client(connect_to(path("listen")));
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(client.send(kPost));
      EXPECT_EQ(client.read_message(MessageKind::answer), support::http_answer(kPost));
    }
    client.half_close();
    EXPECT_TRUE(client.wait_for_end()) << "half-close travels through all of it";
    EXPECT_EQ(client.ending(), support::Ending::eof);
  }
  EXPECT_EQ(app.requests(), 3u);
  EXPECT_TRUE(support::eventually([&] { return umbra.shadow().completed == 3; }));
  EXPECT_EQ(shadow.requests(), 3u);
  umbra.drain();
  EXPECT_TRUE(umbra.wait_until_ended());
  EXPECT_NE(::access(path("listen").path.c_str(), F_OK), 0) << "the path is removed";
}

TEST(UnixSockets, AnAppThatIsNotThere) {
  auto options = support::proxy_options(path("missing"));
  RunningProxy umbra(options);
  support::TestClient client(umbra.port());
  EXPECT_EQ(support::status_of(client.exchange(kPost)), 502u);
}

TEST(UnixSockets, ListenBesideTcp) {
  UnixServer app(path("app"));
  auto options = support::proxy_options(path("app"));
  options.listen.push_back(path("listen"));
  RunningProxy umbra(options);
  support::TestClient over_tcp(umbra.port());
  EXPECT_EQ(over_tcp.exchange(kPost), support::http_answer(kPost));
  over_tcp.close();
  Wire over_path(connect_to(path("listen")));
  ASSERT_TRUE(over_path.send(kPost));
  EXPECT_EQ(over_path.read_message(MessageKind::answer), support::http_answer(kPost));
}

}  // namespace
}  // namespace umbra::integration
