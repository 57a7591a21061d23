#include "umbra/control/process_figures.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>

namespace umbra::control {
namespace {

uint64_t soft_limit_of_files() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

uint64_t count_open_files(uint64_t limit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), closedir);
  if (!directory) return errno == EMFILE ? limit : 0;  // none is left to count with
  uint64_t entries = 0;
  while (readdir(directory.get()) != nullptr) ++entries;
  return entries > 3 ? entries - 3 : 0;  // ".", ".." and the directory's own
}

double cpu_time() {
  timespec used{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Field 22 of /proc/self/stat counts clock ticks since boot; the name in field 2 may hold anything.
double start_time() {
  std::ifstream stat("/proc/self/stat");
  std::string text;
  std::getline(stat, text, '\0');
  size_t at = text.rfind(')');
  for (int field = 2; field < 22 && at != text.npos; ++field) at = text.find(' ', at + 1);
  std::ifstream system("/proc/stat");
  std::string word;
  while (system >> word && word != "btime") {
  }
  double boot = 0;
  if (at == text.npos || !(system >> boot)) return 0;
  return boot + std::strtod(text.c_str() + at, nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessFigures ProcessFigures::read() {
  ProcessFigures figures;
  uint64_t virtual_pages = 0;
  uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  figures.resident_bytes = resident_pages * page;
  figures.virtual_bytes = virtual_pages * page;
  figures.cpu_seconds = cpu_time();
  figures.max_fds = soft_limit_of_files();
  figures.open_fds = count_open_files(figures.max_fds);
  static const double started = start_time();
  figures.start_time_seconds = started;
  return figures;
}

}  // namespace umbra::control
