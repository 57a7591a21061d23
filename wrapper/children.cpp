#include "wrapper/children.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace umbra::wrapper {
namespace {

struct Process {
  char state = '?';
  pid_t parent = 0;
};

// By proc(5): `pid (comm) state ppid ...`, where comm may hold anything.
Process read_process(const std::filesystem::path& directory) {
  std::string line;
  std::getline(std::ifstream(directory / "stat"), line);
  const size_t end = line.rfind(')');
  Process process;
  if (end == line.npos || end + 4 >= line.size()) return process;
  process.state = line[end + 2];
  process.parent = static_cast<pid_t>(std::strtol(line.c_str() + end + 4, nullptr, 10));
  return process;
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

std::vector<pid_t> living_children() {
  std::vector<pid_t> all;
  std::error_code failure;
  for (std::filesystem::directory_iterator at("/proc", failure), end; !failure && at != end;
       at.increment(failure)) {
    const auto& entry = *at;
    const std::string id = entry.path().filename();
    if (id.find_first_not_of("0123456789") != id.npos) continue;
    const Process process = read_process(entry.path());
    if (process.parent == ::getpid() && process.state != 'Z') all.push_back(std::stoi(id));
  }
  return all;
}

}  // namespace umbra::wrapper
