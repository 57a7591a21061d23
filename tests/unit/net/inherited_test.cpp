#include "umbra/net/inherited.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

namespace umbra::net {
namespace {

// Descriptors from 3 on are another's in this process: each case runs in a child that puts its own there.
// `prepare` fills 3, 4, ...; `judge` returns what is wrong, empty for nothing.
std::string in_child(const std::function<void()>& prepare, const std::function<std::string()>& judge) {
  int report[2];
  EXPECT_EQ(::pipe(report), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int out = ::fcntl(report[1], F_DUPFD, 100);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::unsetenv("LISTEN_FDNAMES");
    prepare();
    const std::string wrong = judge();
    [[maybe_unused]] const ssize_t told = ::write(out, wrong.data(), wrong.size());
    ::_exit(0);
  }
  ::close(report[1]);
  std::string said;
  char part[256];
  for (ssize_t size = 0; (size = ::read(report[0], part, sizeof part)) > 0;)
    said.append(part, static_cast<size_t>(size));
  ::close(report[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  return said;
}

void place(int fd, int at) {
  if (fd == at) return;
  ::dup2(fd, at);
  ::close(fd);
}

int tcp_socket(bool listening) {
  const int fd = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) return -1;
  if (listening) ::listen(fd, 5);
  return fd;
}

void handed(const char* count, const char* names = nullptr) {
  ::setenv("LISTEN_FDS", count, 1);
  if (names != nullptr) ::setenv("LISTEN_FDNAMES", names, 1);
}

TEST(Inherited, SocketsAndALeash) {
  EXPECT_EQ(in_child(
                [] {
                  int leash[2];
                  if (::pipe(leash) != 0) ::_exit(1);
                  const int kept = ::fcntl(leash[0], F_DUPFD, 50);
                  place(tcp_socket(true), 3);
                  place(kept, 4);
                  handed("2", "front:leash");
                },
                []() -> std::string {
                  auto all = take_inherited();
                  if (!all) return all.error().detail;
                  if (all->sockets.size() != 1 || all->sockets[0].fd() != 3) return "no socket";
                  if (all->sockets[0].address().host != "::" || all->sockets[0].address().port == 0)
                    return "no address";
                  if ((::fcntl(3, F_GETFD) & FD_CLOEXEC) == 0 || (::fcntl(3, F_GETFL) & O_NONBLOCK) == 0)
                    return "flags";
                  if (all->leash != 4 || (::fcntl(4, F_GETFD) & FD_CLOEXEC) == 0) return "no leash";
                  if (std::getenv("LISTEN_FDS") != nullptr || std::getenv("LISTEN_PID") != nullptr)
                    return "variables left";
                  if (std::getenv("LISTEN_FDNAMES") != nullptr) return "names left";
                  auto again = take_inherited();
                  return again && again->sockets.empty() && again->leash == -1 ? "" : "taken twice";
                }),
            "");
}

TEST(Inherited, NothingForAnotherProcess) {
  EXPECT_EQ(in_child(
                [] {
                  handed("1");
                  ::setenv("LISTEN_PID", "1", 1);
                },
                []() -> std::string {
                  auto all = take_inherited();
                  return all && all->sockets.empty() ? "" : "taken";
                }),
            "");
}

TEST(Inherited, WhatDoesNotListenIsRefused) {
  for (const auto& prepare : {std::function<void()>([] { place(tcp_socket(false), 3); }),
                              std::function<void()>([] { place(::socket(AF_INET, SOCK_DGRAM, 0), 3); }),
                              std::function<void()>([] { place(::open("/dev/null", O_RDONLY), 3); }),
                              std::function<void()>([] { ::close(3); })}) {
    EXPECT_EQ(in_child(
                  [&] {
                    prepare();
                    handed("1");
                  },
                  []() -> std::string {
                    auto all = take_inherited();
                    return all ? "taken" : all.error().detail;
                  }),
              "descriptor 3 of LISTEN_FDS: a stream socket that listens is expected");
  }
}

TEST(Inherited, ACountThatIsNone) {
  for (const char* count : {"x", "-1", "65", "99999999999999999999"}) {
    EXPECT_EQ(in_child([&] { handed(count); },
                       []() -> std::string {
                         auto all = take_inherited();
                         return all ? "taken" : all.error().detail;
                       }),
              std::string("LISTEN_FDS=") + count + ": a number up to 64 is expected");
  }
}

}  // namespace
}  // namespace umbra::net
