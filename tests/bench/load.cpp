// bench_load: the client side of every measurement.  Prints one JSON object, and
// ends by itself whatever the server does.
#include <poll.h>
#include <sys/prctl.h>

#include <cerrno>

#include "load_runner.h"

namespace umbra::bench {
namespace {

constexpr size_t kUploadChunkBytes = 65'536;

void print_result(LoadResult& result, const std::string& more) {
  const double seconds = static_cast<double>(result.elapsed_ns) / static_cast<double>(kNsPerSecond);
  const uint64_t answered = result.latencies.count();
  std::printf(
      "{\"answered\": %llu, \"errors\": %llu, \"unanswered\": %llu, \"seconds\": %.4f, "
      "\"rps\": %.1f, %s\"latency_us\": ",
      static_cast<unsigned long long>(answered), static_cast<unsigned long long>(result.errors),
      static_cast<unsigned long long>(result.unanswered), seconds,
      seconds > 0 ? static_cast<double>(answered) / seconds : 0.0, more.c_str());
  result.latencies.print_json();
  std::printf("}\n");
}

Fd connect_blocking(const sockaddr_in& target) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) fail_errno("socket");
  if (connect(fd.get(), as_sockaddr(&target), sizeof target) != 0) fail_errno("connect");
  return fd;
}

std::string small_request(const LoadOptions& options) {
  return "GET /item/0 HTTP/1.1\r\nHost: " + options.host +
         "\r\nUser-Agent: bench-load/1.0\r\nAccept: text/html,*/*;q=0.8\r\n\r\n";
}

void exchange_once(const Fd& fd, const std::string& request) {
  if (send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) fail_errno("send");
  AnswerReader reader;
  std::vector<char> buffer(kUploadChunkBytes);
  AnswerReader::State state = AnswerReader::State::more;
  while (state == AnswerReader::State::more) {
    const ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) fail_errno("recv");
    state = reader.feed({buffer.data(), static_cast<size_t>(got)});
  }
  if (state == AnswerReader::State::bad) fail("an idle connection got a bad answer");
}

// Holds `count` connections until whoever started the program closes its stdin.
void hold_idle(const LoadOptions& options, uint64_t count, bool after_exchange) {
  std::vector<Fd> held;
  const std::string request = small_request(options);
  for (uint64_t i = 0; i < count; ++i) {
    held.push_back(connect_blocking(options.target));
    if (after_exchange) exchange_once(held.back(), request);
  }
  std::printf("ready\n");
  std::fflush(stdout);
  char ignored = 0;
  while (read(STDIN_FILENO, &ignored, 1) > 0) {
  }
}

// One POST, written as fast as it is accepted; the timeout is for time without progress.
class Upload {
 public:
  Upload(const LoadOptions& options, uint64_t bytes)
      : options_(options), left_(bytes), fd_(connect_blocking(options.target)) {
    head_ = "POST /upload HTTP/1.1\r\nHost: " + options.host +
            "\r\nUser-Agent: bench-load/1.0\r\nContent-Type: application/octet-stream\r\n"
            "Content-Length: " +
            std::to_string(bytes) + "\r\n\r\n";
  }

  LoadResult run() {
    LoadResult result;
    const uint64_t started = now_ns();
    AnswerReader::State state = AnswerReader::State::more;
    while (state == AnswerReader::State::more) {
      pollfd waiter{fd_.get(), static_cast<short>(done_sending() ? POLLIN : POLLIN | POLLOUT), 0};
      const int ready = poll(&waiter, 1, static_cast<int>(options_.timeout_ns / kNsPerMs));
      if (ready == 0) {
        ++result.unanswered;
        break;
      }
      if ((waiter.revents & POLLOUT) != 0 && !send_some()) break;
      if ((waiter.revents & ~POLLOUT) != 0) state = read_some();
    }
    result.elapsed_ns = now_ns() - started;
    if (state == AnswerReader::State::complete) result.latencies.record_ns(result.elapsed_ns);
    if (state != AnswerReader::State::complete && result.unanswered == 0) ++result.errors;
    return result;
  }

  uint64_t sent_bytes() const { return sent_; }

 private:
  bool done_sending() const { return head_.empty() && left_ == 0; }

  bool send_some() {
    const char* from = head_.empty() ? chunk_.data() : head_.data();
    const size_t size =
        head_.empty() ? static_cast<size_t>(std::min<uint64_t>(left_, chunk_.size())) : head_.size();
    const ssize_t rc = send(fd_.get(), from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (rc < 0) return errno == EAGAIN;
    if (!head_.empty()) {
      head_.erase(0, static_cast<size_t>(rc));
    } else {
      left_ -= static_cast<uint64_t>(rc);
      sent_ += static_cast<uint64_t>(rc);
    }
    return true;
  }

  AnswerReader::State read_some() {
    const ssize_t got = recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return AnswerReader::State::more;
    if (got <= 0) return AnswerReader::State::bad;
    return reader_.feed({buffer_.data(), static_cast<size_t>(got)});
  }

  const LoadOptions& options_;
  uint64_t left_;
  uint64_t sent_ = 0;
  Fd fd_;
  std::string head_;
  AnswerReader reader_;
  std::vector<char> chunk_ = std::vector<char>(kUploadChunkBytes, 'u');
  std::vector<char> buffer_ = std::vector<char>(kUploadChunkBytes);
};

LoadOptions parse_options(const Flags& flags) {
  LoadOptions options;
  options.host = flags.text("--target", "");
  if (options.host.empty()) fail("--target HOST:PORT is missing");
  options.target = parse_address(options.host);
  options.connections = flags.number("--connections", 64);
  options.requests = flags.number("--requests", 0);
  options.duration_ns = flags.number("--duration-ms", 0) * kNsPerMs;
  if (flags.has("--duration")) options.duration_ns = flags.number("--duration", 0) * kNsPerSecond;
  options.rate = flags.number("--rate", 0);
  options.timeout_ns = flags.number("--timeout-ms", 5'000) * kNsPerMs;
  options.new_connection = flags.has("--new-connection");
  if (options.connections == 0) fail("--connections expects at least 1");
  return options;
}

}  // namespace

int run_load(const Flags& flags) {
  const LoadOptions options = parse_options(flags);
  if (flags.has("--idle")) {
    hold_idle(options, flags.number("--idle", 0), flags.has("--after-exchange"));
    return 0;
  }
  if (flags.has("--upload")) {
    Upload upload(options, flags.number("--upload", 0));
    LoadResult result = upload.run();
    print_result(result, "\"bytes\": " + std::to_string(upload.sent_bytes()) + ", ");
    return 0;
  }
  if (options.requests == 0 && options.duration_ns == 0) fail("--requests or --duration is missing");
  if (options.rate > 0 && options.duration_ns == 0) fail("--rate needs --duration");
  if (options.rate > 0 && options.new_connection) fail("--rate and --new-connection exclude each other");
  LoadResult result = LoadRunner(options).run();
  print_result(result, "");
  return 0;
}

}  // namespace umbra::bench

int main(int argc, char** argv) {
  using namespace umbra::bench;
  const Flags flags(argc, argv,
                    {"--target", "--connections", "--requests", "--duration", "--duration-ms", "--rate",
                     "--timeout-ms", "--idle", "--upload"},
                    {"--new-connection", "--after-exchange"});
  start_program();
  // The default slack of 50 us would blur the open loop's schedule.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  return run_load(flags);
}
