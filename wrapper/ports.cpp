#include "wrapper/ports.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace umbra::wrapper {
namespace {

// A socket bound to `port` of every interface; -1 with errno.
int bound_socket(int family, uint16_t port) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_storage where{};
  socklen_t size = sizeof(sockaddr_in);
  if (family == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&where);
    v6->sin6_port = htons(port);
    size = sizeof(sockaddr_in6);
    const int both = 0;
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
  } else {
    reinterpret_cast<sockaddr_in*>(&where)->sin_port = htons(port);
  }
  where.ss_family = static_cast<sa_family_t>(family);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), size) == 0) return fd;
  const int why = errno;
  ::close(fd);
  errno = why;
  return -1;
}

// The inode of the socket that listens on `port`, by a table of proc(5); empty: none.
std::string listening_inode(const char* table, uint16_t port) {
  std::ifstream lines(table);
  const std::string end = fmt::format(":{:04X}", port);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (state == "0A" && local.ends_with(end)) return inode;
  }
  return {};
}

bool holds(const std::filesystem::path& process, const std::string& socket) {
  std::error_code failure;
  for (std::filesystem::directory_iterator at(process / "fd", failure), end; !failure && at != end;
       at.increment(failure)) {
    const auto& entry = *at;
    if (std::filesystem::read_symlink(entry.path(), failure) == socket) return true;
  }
  return false;
}

}  // namespace

bool is_port_free(uint16_t port) {
  for (const int family : {AF_INET6, AF_INET}) {
    const int fd = bound_socket(family, port);
    if (fd < 0 && errno == EADDRINUSE) return false;
    if (fd >= 0) ::close(fd);
  }
  return true;
}

std::optional<uint16_t> find_free_port() {
  const int fd = bound_socket(AF_INET, 0);
  if (fd < 0) return std::nullopt;
  sockaddr_in where{};
  socklen_t size = sizeof where;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size);
  ::close(fd);
  return ntohs(where.sin_port);
}

std::string port_holder(uint16_t port) {
  std::string inode = listening_inode("/proc/net/tcp", port);
  if (inode.empty()) inode = listening_inode("/proc/net/tcp6", port);
  constexpr const char* unknown = "another process";
  if (inode.empty()) return unknown;
  std::error_code failure;
  for (std::filesystem::directory_iterator at("/proc", failure), end; !failure && at != end;
       at.increment(failure)) {
    const auto& process = *at;
    const std::string id = process.path().filename();
    if (id.find_first_not_of("0123456789") != id.npos) continue;
    if (!holds(process.path(), "socket:[" + inode + "]")) continue;
    std::string name;
    std::getline(std::ifstream(process.path() / "comm"), name);
    return fmt::format("{} (process {})", name, id);
  }
  return unknown;
}

}  // namespace umbra::wrapper
