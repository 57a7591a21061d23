// Both sides of TLS in one loop: over sockets, or over a wire in memory that the test carries the bytes of.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <optional>

#include "net/loop_fixture.h"
#include "support/certificates.h"
#include "umbra/net/tls_handshake.h"

namespace umbra::net {

// What a stream's user has heard.
struct Ear final : StreamListener {
  void on_bytes(std::string_view part) override {
    bytes += part;
    largest = std::max(largest, part.size());
    if (on_each) on_each();
  }
  void on_end() override {
    ++ends;
    if (on_each) on_each();
  }
  void on_drained() override { ++drains; }
  void on_write_failed(const Error&) override { ++write_failures; }
  void on_failed(const Error& why) override {
    ++failures;
    error = why;
    if (on_each) on_each();
  }
  int calls() const { return ends + drains + write_failures + failures; }

  std::string bytes;
  size_t largest = 0;
  int ends = 0;
  int drains = 0;
  int write_failures = 0;
  int failures = 0;
  Error error;
  std::function<void()> on_each;
};

// One end of a wire in memory.  What is written stands in `sent` until the test carries it.
class FakeStream final : public Stream {
 public:
  struct End {
    std::string sent;
    size_t room = ~size_t{0};  // what try_write still takes; the rest is queued
    size_t queued = 0;
    StreamListener* listener = nullptr;
    bool reading = false;
    bool ended = false;
    bool aborted = false;
    bool broken = false;
    bool gone = false;
  };
  explicit FakeStream(std::shared_ptr<End> end) : end_(std::move(end)) {}
  ~FakeStream() override {
    end_->gone = true;
    end_->listener = nullptr;
  }
  void listen_to(StreamListener* listener) override { end_->listener = listener; }
  void start_reading() override { end_->reading = true; }
  void stop_reading() override { end_->reading = false; }
  Result<size_t> try_write(std::span<const std::string_view> parts) override {
    if (end_->broken) return Error{Errc::reset, "broken"};
    size_t taken = 0;
    for (const auto part : parts) {
      const size_t size = end_->queued > 0 ? 0 : std::min(part.size(), end_->room);
      end_->sent += part.substr(0, size);
      end_->room -= size;
      taken += size;
    }
    return taken;
  }
  Result<void> write(std::vector<Slice> slices) override {
    if (end_->broken) return Error{Errc::reset, "broken"};
    for (const Slice& slice : slices) {
      end_->sent += slice.view();
      end_->queued += slice.size;
    }
    return {};
  }
  size_t queued_bytes() const override { return end_->queued; }
  void set_low_water(size_t) override {}
  void end_writing() override { end_->ended = true; }
  void abort() override { end_->aborted = true; }
  void probe_peer() override {}
  bool peer_gone() const override { return end_->gone; }
  void limit_reads(unsigned) override {}
  std::string peer() const override { return "fake"; }

 private:
  std::shared_ptr<End> end_;
};

class TlsTest : public LoopTest {
 protected:
  using End = FakeStream::End;
  // One side: its handshake, then its stream.
  struct Side final : ConnectListener {
    void on_connected(std::unique_ptr<Stream> connected) override {
      stream = std::move(connected);
      stream->listen_to(&ear);
      if (dismiss) dismiss();
    }
    void on_connect_failed(const Error& why) override {
      error = why;
      if (dismiss) dismiss();
    }
    bool settled() const { return stream || error; }
    TlsStream& tls() { return static_cast<TlsStream&>(*stream); }
    size_t try_write(std::string_view bytes) {
      const auto taken = stream->try_write({&bytes, 1});
      return taken ? *taken : ~size_t{0};
    }
    void queue(std::string_view bytes) {
      std::vector<Slice> slices;
      slices.push_back({Chunk::copy_of(bytes), 0, bytes.size()});
      EXPECT_TRUE(stream->write(std::move(slices)));
    }

    std::unique_ptr<TlsHandshake> handshake;
    std::unique_ptr<Stream> stream;
    std::optional<Error> error;
    Ear ear;
    std::function<void()> dismiss;
  };

  static support::CertificateAuthority& root() {
    static support::CertificateAuthority made(folder(), "root");
    return made;
  }
  static const support::TestFolder& folder() {
    static support::TestFolder made;
    return made;
  }
  static const support::Identity& good() {
    static const support::Identity made = root().issue("good");
    return made;
  }
  static TlsOptions client_options(const std::string& name = "localhost") {
    TlsOptions options;
    options.server_name = name;
    options.ca_file = root().file();
    return options;
  }
  static TlsOptions server_options(const support::Identity& own = good()) {
    TlsOptions options;
    options.cert_file = own.cert_file;
    options.key_file = own.key_file;
    return options;
  }
  static std::shared_ptr<TlsContext> context(const TlsOptions& options, TlsSide side) {
    auto made = TlsContext::make(options, side);
    EXPECT_TRUE(made) << made.error().detail;
    return *made;
  }
  void set_contexts(const TlsOptions& of_client, const TlsOptions& of_server) {
    client_context = context(of_client, TlsSide::client);
    server_context = context(of_server, TlsSide::server);
  }
  void SetUp() override { set_contexts(client_options(), server_options()); }
  void TearDown() override {
    forget();
    LoopTest::TearDown();
  }
  void forget() {
    for (Side* side : {&client, &server}) {
      if (side->handshake) TlsHandshake::dismiss(*loop, std::move(side->handshake));
      side->stream.reset();
      side->error.reset();
      side->ear = Ear();
    }
  }

  void begin(Side& side, std::unique_ptr<Stream> below, const std::shared_ptr<TlsContext>& tls,
             Nanos timeout = kPatience) {
    side.dismiss = [this, &side] { TlsHandshake::dismiss(*loop, std::move(side.handshake)); };
    side.handshake = std::make_unique<TlsHandshake>(*loop, std::move(below), tls, side, timeout);
    side.handshake->start();
    EXPECT_FALSE(side.settled()) << "never from inside start()";
  }
  std::unique_ptr<Stream> adopt(int fd) {
    auto stream = SocketStream::adopt(*loop, fd, false);
    EXPECT_TRUE(stream);
    return std::move(*stream);
  }
  // A handshake over sockets; false: it failed.
  bool shake_hands() {
    auto [fd, peer] = tcp_pair();
    ::fcntl(peer.fd(), F_SETFL, ::fcntl(peer.fd(), F_GETFL) | O_NONBLOCK);
    begin(server, adopt(fd), server_context);
    begin(client, adopt(peer.release()), client_context);
    EXPECT_TRUE(turn_until([&] { return client.settled() && server.settled(); }));
    return client.stream && server.stream;
  }

  // ---- over a wire in memory ----

  void begin_on_wire() {
    *near = End();
    *far = End();
    begin(server, std::make_unique<FakeStream>(far), server_context);
    begin(client, std::make_unique<FakeStream>(near), client_context);
  }
  static size_t carry(End& from, End& to, size_t most) {
    if (!to.reading || to.listener == nullptr || from.sent.empty()) return 0;
    const std::string part = from.sent.substr(0, most);
    from.sent.erase(0, part.size());
    to.listener->on_bytes(part);
    return part.size();
  }
  // Carries all there is, in parts of that size; returns how much.
  size_t carry_all(size_t part) {
    size_t moved = 0;
    for (size_t now = 1; now > 0; moved += now) {
      now = carry(*near, *far, part) + carry(*far, *near, part);
      if (now == 0) turn();  // what waits for the loop
      if (now == 0) now = carry(*near, *far, part) + carry(*far, *near, part);
    }
    return moved;
  }
  bool shake_hands_on_wire(size_t part = 65536) {
    begin_on_wire();
    carry_all(part);
    return client.stream && server.stream;
  }

  std::shared_ptr<TlsContext> client_context;
  std::shared_ptr<TlsContext> server_context;
  std::shared_ptr<End> near = std::make_shared<End>();
  std::shared_ptr<End> far = std::make_shared<End>();
  Side client;
  Side server;
};

}  // namespace umbra::net
