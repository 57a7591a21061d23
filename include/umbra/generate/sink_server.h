// SinkServer: the whole sink: its sockets, its threads, and its end.
//
// Everything is called on the thread that calls run(), but stop().
#pragma once

#include <memory>
#include <vector>

#include "umbra/generate/sink.h"
#include "umbra/net/signal.h"

namespace umbra::generate {

struct SinkOptions {
  std::vector<net::Address> listen;
  std::shared_ptr<const SinkModel> model = std::make_shared<SinkModel>();
  uint64_t seed = 0;
  unsigned threads = 1;
  size_t connections = 1000;      // of all threads
  Nanos patience = 60 * kSecond;  // with a client that neither sends nor takes anything
};

struct SinkOutcome {
  SinkTally tally;
  Nanos elapsed = 0;
};

class SinkServer {
 public:
  SinkServer(const SinkOptions& options, Log& log);
  ~SinkServer();

  // Binds and listens; once.  An error names the address.
  Result<void> open();
  // With the ports that the kernel chose.
  const std::vector<net::Address>& addresses() const noexcept { return addresses_; }

  // Until stop(), SIGINT or SIGTERM; what is under way then gets kDrain, and nothing after a second of them.
  Result<SinkOutcome> run();
  // Any thread may call it, while run() has not returned.
  void stop();

  static constexpr Nanos kDrain = 5 * kSecond;

 private:
  struct Part;

  Result<void> open(net::Address address);
  void start_parts();
  void run_part(size_t index);
  void begin_to_stop();
  void close_originals();
  void cut();
  void on_part_over(const SinkTally& last);

  const SinkOptions& options_;
  Log& log_;
  net::Loop loop_;
  std::vector<net::Address> addresses_;
  std::vector<net::ListenSocket> originals_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::unique_ptr<net::SignalWatch>> signals_;
  net::Timer deadline_;
  SinkOutcome outcome_;
  std::optional<Error> failure_;
  Nanos zero_ = 0;
  size_t over_ = 0;
  bool stopping_ = false;
};

}  // namespace umbra::generate
