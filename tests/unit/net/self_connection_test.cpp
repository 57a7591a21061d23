#include "umbra/net/self_connection.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace umbra::net {
namespace {

sockaddr_in loopback() {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return where;
}

sockaddr_in bound_to(int fd) {
  sockaddr_in where = loopback();
  socklen_t size = sizeof where;
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size), 0);
  return where;
}

TEST(SelfConnection, IsTold) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in own = bound_to(fd);
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own), 0)
      << "nobody listens, and yet";
  EXPECT_TRUE(is_connected_with_itself(fd));
  ::close(fd);
}

TEST(SelfConnection, OthersAreNot) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in where = bound_to(listener);
  ASSERT_EQ(::listen(listener, 1), 0);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_FALSE(is_connected_with_itself(fd)) << "not connected at all";
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  EXPECT_FALSE(is_connected_with_itself(fd));
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  EXPECT_FALSE(is_connected_with_itself(pair[0])) << "unix sockets have no names to compare";
  for (const int each : {listener, fd, pair[0], pair[1]}) ::close(each);
}

}  // namespace
}  // namespace umbra::net
