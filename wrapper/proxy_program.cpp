#include "wrapper/proxy_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "umbra/base/text.h"
#include "wrapper/child.h"

namespace umbra::wrapper {
namespace {

constexpr size_t kSaidMax = 64 * 1024;
constexpr const char* kGorOptions = "config/gor.options";

// This very program where it is umbra, else umbra beside it, else the one on PATH.
std::string find_umbra(const std::string& given) {
  if (!given.empty()) return given;
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (!failure) {
    const auto beside = self.filename() == "umbra" ? self : self.parent_path() / "umbra";
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  return "umbra";
}

bool exists(const char* file) {
  std::error_code failure;
  return std::filesystem::exists(file, failure);
}

bool has_own_file() { return exists("config/umbra.yaml") || exists("umbra.yaml"); }

// Everything up to the end; false: it has not come in time, or is too much.
bool read_all(int fd, Nanos deadline, std::string& all) {
  std::array<char, 4096> part{};
  while (all.size() < kSaidMax) {
    const Nanos now = monotonic_now();
    pollfd waiting{fd, POLLIN, 0};
    const int left = now >= deadline ? 0 : static_cast<int>((deadline - now) / kMillisecond) + 1;
    if (::poll(&waiting, 1, left) <= 0) return false;
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size <= 0) return true;
    all.append(part.data(), static_cast<size_t>(size));
  }
  return false;
}

// `umbra: ` before each line is the log's to say; warnings are the proxy's, which says them again.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    constexpr std::string_view prefix = "umbra: ";
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    if (!line.empty() && !line.starts_with("warning: ")) lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

ProxyProgram::ProxyProgram(const Options& options, Environment environment)
    : options_(options), path_(find_umbra(options.umbra)), full_(std::move(environment)) {
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) full_.remove(name);
  bare_ = full_;
  bare_.remove_all("UMBRA_");
}

Nanos ProxyProgram::drain_timeout() const noexcept { return options_.stop_timeout * 3 / 5; }

// As a flag, or as the variable that stands for it (UMBRA_LOG_FORMAT for --log-format).
bool ProxyProgram::is_given(std::string_view flag) const {
  const auto& given = options_.proxy_flags;
  if (std::any_of(given.begin(), given.end(), [&](std::string_view argument) {
        return argument.substr(0, argument.find('=')) == flag;
      })) {
    return true;
  }
  std::string variable = "UMBRA_";
  for (const char c : flag.substr(2)) {
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  const auto value = full_.get(variable);
  return value && !value->empty();
}

// What the user says of a flag holds.
void ProxyProgram::add(std::vector<std::string>& all, std::string_view flag, std::string_view value) const {
  if (is_given(flag)) return;
  all.emplace_back(flag);
  all.emplace_back(value);
}

bool ProxyProgram::uses_gor_file() const {
  const bool told = is_given("--config") || is_given("--shadow") || is_given("--gor-options");
  return !told && !has_own_file() && exists(kGorOptions);
}

std::string ProxyProgram::unused_file() const {
  const bool unused = exists(kGorOptions) && !uses_gor_file() && !is_given("--gor-options");
  return unused ? kGorOptions : "";
}

std::vector<std::string> ProxyProgram::flags(Mode mode, const net::Address& app) const {
  std::vector<std::string> all{"--listen", fmt::format(":{}", options_.port), "--app", app.text()};
  if (mode == Mode::bare) {
    const auto drain = format_duration(drain_timeout());
    for (const auto* word :
         {"--config", "off", "--log-format", "logfmt", "--log-source", "umbra", "--drain-timeout"}) {
      all.emplace_back(word);
    }
    all.push_back(drain);
    return all;
  }
  add(all, "--log-format", "logfmt");
  add(all, "--log-source", "umbra");
  add(all, "--drain-timeout", format_duration(drain_timeout()));
  if (options_.verbose) add(all, "--log-level", "debug");
  if (uses_gor_file()) add(all, "--gor-options", kGorOptions);
  // The proxy of a production app must come up whatever gor would have thought of its options.
  add(all, "--gor-unknown", "warn");
  all.insert(all.end(), options_.proxy_flags.begin(), options_.proxy_flags.end());
  return all;
}

std::vector<std::string> ProxyProgram::arguments(Mode mode, const net::Address& app) const {
  std::vector<std::string> all{path_, "proxy"};
  if (mode != Mode::full) all.emplace_back("--safe");
  const auto told = flags(mode, app);
  all.insert(all.end(), told.begin(), told.end());
  return all;
}

ProxyProgram::Judgement ProxyProgram::judge(const net::Address& app, const sigset_t& mask) const {
  int said[2];
  if (::pipe2(said, O_CLOEXEC) < 0) return {Verdict::unusable, {std::strerror(errno)}};
  std::vector<std::string> command{path_, "check", "--quiet"};
  const auto told = flags(Mode::full, app);
  command.insert(command.end(), told.begin(), told.end());
  const Launched check = launch({.arguments = std::move(command),
                                 .environment = full_.entries(),
                                 .quiet = true,
                                 .output = said[1],
                                 .death_signal = SIGKILL,
                                 .mask = mask});
  ::close(said[1]);
  if (check.pid == 0) {
    ::close(said[0]);
    return {Verdict::unusable, {fmt::format("{} cannot be run: {}", path_, std::strerror(check.error))}};
  }
  std::string text;
  if (!read_all(said[0], monotonic_now() + kPatience, text)) ::kill(check.pid, SIGKILL);
  ::close(said[0]);
  int status = 0;
  while (::waitpid(check.pid, &status, 0) < 0 && errno == EINTR) continue;
  Judgement judgement{Verdict::sound, lines_of(text)};
  // The dynamic linker's status for a library that is missing is 127, as a shell's for a program that is.
  const bool ran = WIFEXITED(status) && WEXITSTATUS(status) < 126;
  if (!ran) {
    judgement.verdict = Verdict::unusable;
    judgement.lines.push_back(fmt::format("{} check: {}", path_, describe_end(status)));
  } else if (WEXITSTATUS(status) != 0) {
    judgement.verdict = Verdict::faulty;
  }
  return judgement;
}

}  // namespace umbra::wrapper
