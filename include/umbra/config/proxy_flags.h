// ProxyFlags: what the command line of `umbra proxy` says, as text and unchecked.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/config/options.h"

namespace umbra::config {

// By the flag's name without dashes (keys.h), in the order given.
struct ProxyFlags {
  std::map<std::string, std::vector<std::string>, std::less<>> given;

  std::vector<std::string>& operator[](const std::string& flag) { return given[flag]; }
};

// A file's text; nothing: there is no such file.  An error says why it cannot be read.
using FileText = std::optional<Result<std::string>>;
FileText read_file(const std::string& path);

// What else the options depend on.
struct Surroundings {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  unsigned usable_cpus = 1;
  bool stderr_is_terminal = false;
  // Where sockets listen that were handed to the process: they take the place of `listen`.
  std::vector<net::Address> inherited{};
  std::function<FileText(const std::string& path)> file = read_file;
};

// resolve() (resolve.h) for who wants options or one error; its detail is all problems, a line each.
Result<ProxyOptions> proxy_options(const ProxyFlags& flags, const Surroundings& surroundings);

}  // namespace umbra::config
