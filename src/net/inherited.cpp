#include "umbra/net/inherited.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "umbra/base/text.h"

namespace umbra::net {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START

std::string taken_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

Error bad(std::string detail) { return {Errc::bad_config, std::move(detail)}; }

// The next of the names, which colons part.
std::string_view next_name(std::string_view& names) {
  const size_t end = std::min(names.find(':'), names.size());
  const std::string_view name = names.substr(0, end);
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

}  // namespace

Result<Inherited> take_inherited() {
  const std::string pid = taken_variable("LISTEN_PID");
  const std::string count = taken_variable("LISTEN_FDS");
  const std::string names = taken_variable("LISTEN_FDNAMES");
  Inherited all;
  if (count.empty() || pid != std::to_string(::getpid())) return all;
  const auto number = parse_unsigned(count);
  if (!number || *number > Inherited::kMax) {
    return bad(fmt::format("LISTEN_FDS={}: a number up to {} is expected", count, Inherited::kMax));
  }
  std::string_view rest = names;
  for (int fd = kFirst; fd < kFirst + static_cast<int>(*number); ++fd) {
    if (next_name(rest) == "leash") {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      all.leash = fd;
      continue;
    }
    auto socket = ListenSocket::adopt(fd);
    if (!socket) return bad(fmt::format("descriptor {} of LISTEN_FDS: {}", fd, socket.error().detail));
    all.sockets.push_back(std::move(*socket));
  }
  return all;
}

}  // namespace umbra::net
