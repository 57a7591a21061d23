#include "wrapper/running_wrapper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>

#include "support/eventually.h"

namespace umbra::wrapper_test {
namespace {

using support::eventually;

std::vector<std::string> words_of(const Plan& plan) {
  std::vector<std::string> words = plan.under;
  words.insert(words.end(), plan.program.begin(), plan.program.end());
  words.insert(words.end(), plan.flags.begin(), plan.flags.end());
  if (!plan.flags.empty()) words.emplace_back("--");
  words.insert(words.end(), plan.command.begin(), plan.command.end());
  if (plan.command.empty()) words.emplace_back(UMBRA_WRAPPER_APP);
  words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
  return words;
}

std::vector<std::string> variables_of(const Plan& plan, const Scratch& scratch) {
  std::map<std::string, std::string> all{
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      {"PORT", std::to_string(plan.port)},
      // A SIGSEGV is to be a plain end, without a report that takes seconds.
      {"ASAN_OPTIONS", "handle_segv=0"},
      {"APP_SCRIPT", "report=" + scratch.file("report") + " " + plan.script}};
  for (const auto& [name, value] : plan.variables) all[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : all) {
    if (!value.empty()) entries.push_back(name + "=" + value);
  }
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct Start {
  const Plan& plan;
  std::string directory, log, output;
  std::vector<char*> words, variables;
};

// The test may have threads: between fork and exec nothing is allocated.
[[noreturn]] void become(const Start& start) {
  const Plan& plan = start.plan;
  constexpr int write = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int error = plan.error_output >= 0 ? plan.error_output : ::open(start.log.c_str(), write, 0600);
  const int output = plan.terminal >= 0 ? plan.terminal : ::open(start.output.c_str(), write, 0600);
  const int input = plan.terminal >= 0 ? plan.terminal : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (plan.terminal >= 0) {
    ::setsid();
    ::ioctl(plan.terminal, TIOCSCTTY, 0);
  }
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(error, 2);
  ::close_range(3, ~0U, 0);
  for (const int number : plan.ignored_signals) std::signal(number, SIG_IGN);
  if (::chdir(start.directory.c_str()) == 0) {
    ::execvpe(start.words.front(), start.words.data(), start.variables.data());
  }
  ::_exit(127);
}

bool holds(std::string_view line, RunningWrapper::Parts parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return line.find(part) != line.npos; });
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

RunningWrapper::RunningWrapper(const Plan& plan) : port_(plan.port) {
  for (const std::string& name : plan.directories) scratch_.make_directory(name);
  for (const auto& [name, text] : plan.files) scratch_.write(name, text);
  std::vector<std::string> words = words_of(plan);
  std::vector<std::string> variables = variables_of(plan, scratch_);
  const Start start{plan,
                    scratch_.path(),
                    scratch_.file("log"),
                    scratch_.file("output"),
                    pointers(words),
                    pointers(variables)};
  pid_ = ::fork();
  if (pid_ == 0) become(start);
}

RunningWrapper::~RunningWrapper() {
  if (!status_) ::kill(pid_, SIGKILL);
  wait_for_end();
  if (::testing::Test::HasFailure()) fmt::print(stderr, "---- its log ----\n{}----\n", log());
}

std::string RunningWrapper::log() const { return text_of(scratch_.file("log")); }

size_t RunningWrapper::count(Parts parts) const {
  std::istringstream lines(log());
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) number += holds(line, parts) ? 1 : 0;
  return number;
}

std::string RunningWrapper::line(Parts parts) const {
  std::istringstream lines(log());
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (holds(line, parts)) found = line;
  }
  return found;
}

bool RunningWrapper::logs(Parts parts, size_t times, Millis patience) const {
  return eventually([&] { return count(parts) >= times; }, patience);
}

std::vector<Event> RunningWrapper::events(std::string_view kind) const {
  std::vector<Event> all = read_events(scratch_.file("report"));
  std::erase_if(all, [&](const Event& event) { return event.kind != kind; });
  return all;
}

bool RunningWrapper::reports(std::string_view kind, size_t times, Millis patience) const {
  return eventually([&] { return events(kind).size() >= times; }, patience);
}

std::vector<std::string> RunningWrapper::texts(std::string_view kind) const {
  std::vector<std::string> all;
  for (const Event& event : events(kind)) all.push_back(event.text);
  return all;
}

size_t RunningWrapper::signals(int number) const {
  const auto all = texts("signal");
  return static_cast<size_t>(std::count(all.begin(), all.end(), std::to_string(number)));
}

bool RunningWrapper::gets_signal(int number, size_t times) const {
  return eventually([&] { return signals(number) >= times; });
}

pid_t RunningWrapper::app_pid() const { return reports("ready") ? std::stoi(texts("pid").front()) : 0; }

pid_t RunningWrapper::proxy_pid() const {
  if (!logs({"msg=\"proxy started\""})) return 0;
  const std::string started = line({"msg=\"proxy started\""});
  return std::stoi(started.substr(started.find(" pid=") + 5));
}

bool RunningWrapper::relays(size_t proxies) const { return logs({"msg=\"relaying\""}, proxies); }

bool RunningWrapper::accepts(Millis patience) const {
  return eventually([this] { return support::TestClient(port_).is_open(); }, patience);
}

std::string RunningWrapper::get(const std::string& target, Millis patience) const {
  support::TestClient client(port_, patience);
  return client.is_open() ? client.exchange(request_for(target), patience) : "";
}

unsigned RunningWrapper::status(const std::string& target) const {
  return accepts() ? support::status_of(get(target)) : 0;
}

void RunningWrapper::send(int signal) const { ::kill(pid_, signal); }

std::optional<int> RunningWrapper::wait_for_end(Millis patience) {
  const auto has_ended = [this] {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
  };
  if (!status_) eventually(has_ended, patience);
  return status_;
}

bool RunningWrapper::leaves_nobody(Millis patience) const {
  return eventually([this] { return scratch_.inhabitants().empty(); }, patience);
}

std::string request_for(const std::string& target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", target);
}

}  // namespace umbra::wrapper_test
