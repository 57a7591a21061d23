#include "umbra/generate/sink_server.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

namespace umbra::generate {

// One of its threads.
struct SinkServer::Part {
  net::Loop loop;
  std::vector<net::ListenSocket> sockets;
  std::unique_ptr<Sink> sink;  // its thread's own
  std::thread thread;
};

SinkServer::SinkServer(const SinkOptions& options, Log& log)
    : options_(options), log_(log), deadline_(loop_, [this] { cut(); }) {
  for (unsigned i = 0; i < std::max(options_.threads, 1U); ++i) parts_.push_back(std::make_unique<Part>());
}

SinkServer::~SinkServer() {
  for (const auto& part : parts_) {
    if (part->thread.joinable()) part->thread.join();
  }
  close_originals();
}

void SinkServer::close_originals() {
  for (const auto& socket : originals_) socket.unlink_path();
  originals_.clear();
}

Result<void> SinkServer::open() {
  for (const net::Address& address : options_.listen) {
    if (auto opened = open(address); !opened) {
      return Error{opened.error().code,
                   fmt::format("--listen {}: {}", address.text(), opened.error().detail)};
    }
  }
  return {};
}

Result<void> SinkServer::open(net::Address address) {
  // With SO_REUSEPORT alone a second sink would quietly take half of the connections: first without.
  auto original = net::ListenSocket::open(address, false);
  if (!original) return original.error();
  address = original->address();
  const bool duplicates = parts_.size() == 1 || original->is_unix();
  if (!duplicates) {
    *original = net::ListenSocket();
    original = net::ListenSocket::open(address, true);
    if (!original) return original.error();
  }
  for (size_t i = 0; i < parts_.size(); ++i) {
    auto socket = duplicates || i == 0 ? original->duplicate() : net::ListenSocket::open(address, true);
    if (!socket) return socket.error();
    parts_[i]->sockets.push_back(std::move(*socket));
  }
  addresses_.push_back(address);
  originals_.push_back(std::move(*original));
  return {};
}

Result<SinkOutcome> SinkServer::run() {
  for (const int number : {SIGINT, SIGTERM}) {
    signals_.push_back(
        std::make_unique<net::SignalWatch>(loop_, number, [this] { stopping_ ? cut() : begin_to_stop(); }));
  }
  zero_ = monotonic_now();
  start_parts();
  loop_.run();
  for (const auto& part : parts_) part->thread.join();
  outcome_.elapsed = monotonic_now() - zero_;
  if (failure_) return *failure_;
  return std::move(outcome_);
}

void SinkServer::start_parts() {
  for (size_t i = 0; i < parts_.size(); ++i) parts_[i]->thread = std::thread([this, i] { run_part(i); });
}

void SinkServer::run_part(size_t index) {
  // The default of 50 us would make short latencies longer.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  Part& part = *parts_[index];
  const size_t connections = std::max<size_t>(options_.connections / parts_.size(), 1);
  part.sink = std::make_unique<Sink>(
      part.loop, log_, SinkAnswers(options_.model, options_.seed, static_cast<unsigned>(index), zero_),
      Sink::Limits{connections, options_.patience});
  for (net::ListenSocket& socket : std::exchange(part.sockets, {})) {
    if (const auto serving = part.sink->serve(std::move(socket)); !serving) {
      loop_.post([this, error = serving.error()] {
        failure_ = error;
        begin_to_stop();
      });
    }
  }
  part.loop.run();
}

void SinkServer::stop() {
  loop_.post([this] { begin_to_stop(); });
}

void SinkServer::begin_to_stop() {
  if (std::exchange(stopping_, true)) return;
  deadline_.start_once(kDrain);
  close_originals();  // whoever comes now is refused, and does not wait
  for (const auto& part : parts_) {
    part->loop.post([this, own = part.get()] {
      own->sink->drain([this, own] {
        loop_.post([this, last = own->sink->tally()] { on_part_over(last); });
        // From its own callback: it goes when that has unwound.
        own->loop.post([own] {
          own->sink.reset();
          own->loop.close_inbox();
        });
      });
    });
  }
}

void SinkServer::cut() {
  for (const auto& part : parts_) {
    part->loop.post([own = part.get()] {
      if (own->sink) own->sink->cut();
    });
  }
}

void SinkServer::on_part_over(const SinkTally& last) {
  outcome_.tally.add(last);
  if (++over_ == parts_.size()) loop_.close_inbox();
}

}  // namespace umbra::generate
