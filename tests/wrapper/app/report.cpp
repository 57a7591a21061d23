#include "wrapper/app/report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

namespace umbra::wrapper_test {
namespace {

// So that an event is a line whatever is in it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == '%' || byte >= 0x7f) {
      out += fmt::format("%{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
    at += 2;
  }
  return out;
}

}  // namespace

int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Report::Report(const std::string& file)
    : fd_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {}

Report::~Report() { ::close(fd_); }

void Report::tell(std::string_view kind, std::string_view text, int64_t at) const {
  const std::string line = fmt::format("{} {} {}\n", at, kind, escaped(text));
  [[maybe_unused]] const ssize_t written = ::write(fd_, line.data(), line.size());
}

std::vector<Event> read_events(const std::string& file) {
  std::ifstream lines(file);
  std::vector<Event> all;
  for (std::string line; std::getline(lines, line) && !lines.eof();) {
    const size_t first = line.find(' ');
    const size_t second = line.find(' ', first + 1);
    all.push_back({std::stoll(line), line.substr(first + 1, second - first - 1),
                   unescaped(std::string_view(line).substr(second + 1))});
  }
  return all;
}

}  // namespace umbra::wrapper_test
