#include "umbra/net/socket_stream.h"

#include <gtest/gtest.h>
#include <sys/un.h>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

class StreamTest : public LoopTest, public StreamListener {
 protected:
  void SetUp() override {
    auto [fd, other] = tcp_pair();
    take(fd, false);
    peer = std::move(other);
  }
  void take(int fd, bool unix_path) {
    auto adopted = SocketStream::adopt(*loop, fd, unix_path);
    ASSERT_TRUE(adopted);
    stream = std::move(*adopted);
    stream->listen_to(this);
  }
  void TearDown() override {
    stream.reset();
    LoopTest::TearDown();
  }
  void on_bytes(std::string_view bytes) override { received += bytes; }
  void on_end() override { ++ends; }
  void on_drained() override { ++drains; }
  void on_write_failed(const Error&) override { ++write_failures; }
  void on_failed(const Error& error) override {
    ++failures;
    code = error.code;
  }

  size_t try_write(std::string_view bytes) { return *stream->try_write({&bytes, 1}); }
  void queue(std::string_view bytes) {
    std::vector<Slice> slices;
    slices.push_back({Chunk::copy_of(bytes), 0, bytes.size()});
    ASSERT_TRUE(stream->write(std::move(slices)));
  }
  // Fills the kernel's buffers; returns what they took.
  size_t fill() {
    const std::string block(64 * 1024, 'x');
    size_t all = 0;
    for (size_t taken = 1; taken > 0; all += taken) taken = try_write(block);
    return all;
  }
  // Reads at the other end until `size` bytes have come.
  std::string read_at_peer(size_t size) {
    std::string all;
    EXPECT_TRUE(turn_until([&] {
      all += peer.read_now();
      return all.size() >= size;
    }));
    return all;
  }

  std::unique_ptr<SocketStream> stream;
  Peer peer;
  std::string received;
  int ends = 0;
  int drains = 0;
  int write_failures = 0;
  int failures = 0;
  Errc code = Errc::os;
};

TEST_F(StreamTest, ReadsOnlyWhileAsked) {
  peer.send("one");
  turn();
  EXPECT_EQ(received, "");
  stream->start_reading();
  ASSERT_TRUE(turn_until([&] { return received == "one"; }));
  stream->stop_reading();
  peer.send("two");
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_EQ(received, "one");
  stream->start_reading();
  EXPECT_TRUE(turn_until([&] { return received == "onetwo"; }));
}

TEST_F(StreamTest, AnEndIsToldOnceAndWritingGoesOn) {
  stream->start_reading();
  peer.end_writing();
  ASSERT_TRUE(turn_until([&] { return ends == 1; }));
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(try_write("late"), 4u);
  EXPECT_EQ(peer.read_now(), "late");
}

TEST_F(StreamTest, AResetIsAFailureAndTheLastCall) {
  stream->start_reading();
  peer.reset();
  ASSERT_TRUE(turn_until([&] { return failures == 1; }));
  EXPECT_EQ(code, Errc::reset);
  EXPECT_EQ(ends, 0);
  const std::string_view bytes = "x";
  EXPECT_FALSE(stream->try_write({&bytes, 1}));
  EXPECT_FALSE(stream->write({}));
}

// libuv takes the hang-up behind a partial read for an end; the app would take an aborted upload for a short
// one, a client a cut answer for the whole.
TEST_F(StreamTest, BytesAndAResetTogetherAreAReset) {
  peer.send("cut");
  peer.reset();
  stream->start_reading();
  EXPECT_TRUE(turn_until([&] { return failures + ends > 0; }));
  EXPECT_EQ(received, "cut");
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(ends, 0);
}

TEST_F(StreamTest, AnEndBeforeAResetIsAnEnd) {
  EXPECT_EQ(try_write("never read"), 10u);
  peer.send("whole");
  peer.end_writing();
  peer.close();  // with unread bytes: a reset behind the end
  stream->start_reading();
  EXPECT_TRUE(turn_until([&] { return failures + ends > 0; }));
  EXPECT_EQ(received, "whole");
  EXPECT_EQ(ends, 1);
}

TEST_F(StreamTest, QueuedBytesFollowThoseThatTheKernelTook) {
  const size_t taken = fill();
  queue("first");
  EXPECT_EQ(try_write("never before the queue"), 0u);
  queue("second");
  EXPECT_GE(stream->queued_bytes(), 11u) << "and what keeping them costs";
  EXPECT_EQ(read_at_peer(taken + 11).substr(taken), "firstsecond");
  EXPECT_TRUE(turn_until([&] { return stream->queued_bytes() == 0; }));
  EXPECT_EQ(drains, 1);
}

TEST_F(StreamTest, DrainedIsToldWhenTheLowWaterIsCrossed) {
  stream->set_low_water(5000);
  const size_t taken = fill();
  queue(std::string(4000, '1'));
  queue(std::string(4000, '2'));
  static_cast<void>(read_at_peer(taken + 8000));
  EXPECT_TRUE(turn_until([&] { return stream->queued_bytes() == 0; }));
  EXPECT_EQ(drains, 1);
}

TEST_F(StreamTest, TheEndIsSentBehindTheQueue) {
  const size_t taken = fill();
  queue("last words");
  stream->end_writing();
  std::string all = read_at_peer(taken + 10);
  EXPECT_EQ(all.substr(taken), "last words");
  ASSERT_TRUE(turn_until([&] { return stream->queued_bytes() == 0; }));
  EXPECT_EQ(peer.read_error(), 0) << "an end, no reset";
}

TEST_F(StreamTest, TheEndIsSentAtOnceWithoutAQueue) {
  stream->end_writing();
  EXPECT_EQ(peer.read_error(), 0);
}

TEST_F(StreamTest, AbortIsAReset) {
  EXPECT_EQ(try_write("part"), 4u);
  stream->abort();
  turn();
  static_cast<void>(peer.read_now());
  EXPECT_EQ(peer.read_error(), ECONNRESET);
  const std::string_view bytes = "x";
  EXPECT_FALSE(stream->try_write({&bytes, 1}));
  stream->start_reading();
  stream->stop_reading();
  stream->end_writing();
  stream->abort();
}

TEST_F(StreamTest, AbortWithAQueueFreesIt) {
  fill();
  queue(std::string(100'000, 'q'));
  stream->abort();
  turn();
  EXPECT_EQ(drains + write_failures, 0) << "nobody listens any more";
}

TEST_F(StreamTest, AQueuedWriteThatFailsIsTold) {
  fill();
  queue("lost");
  peer.reset();
  EXPECT_TRUE(turn_until([&] { return write_failures == 1; }));
  EXPECT_EQ(stream->queued_bytes(), 0u);
}

TEST_F(StreamTest, ItMayDieWithReadsAndWritesUnderWay) {
  stream->start_reading();
  fill();
  queue("lost");
  peer.send("unread");
  stream.reset();
  turn();
  EXPECT_EQ(received, "");
}

TEST_F(StreamTest, ItMayDieInsideItsOwnCallback) {
  struct Deadly final : StreamListener {
    explicit Deadly(std::unique_ptr<SocketStream>& s) : stream(s) {}
    void on_bytes(std::string_view) override { stream.reset(); }
    void on_end() override {}
    void on_drained() override {}
    void on_write_failed(const Error&) override {}
    void on_failed(const Error&) override {}
    std::unique_ptr<SocketStream>& stream;
  } deadly(stream);
  stream->listen_to(&deadly);
  stream->start_reading();
  peer.send("x");
  EXPECT_TRUE(turn_until([&] { return !stream; }));
}

TEST_F(StreamTest, ThePeersNameIsItsAddress) {
  EXPECT_EQ(stream->peer(), "127.0.0.1:" + std::to_string(peer.port()));
}

TEST_F(StreamTest, UnixSocketsDoAllOfIt) {
  int pair[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
  take(pair[0], true);
  const Peer other(pair[1]);
  EXPECT_EQ(stream->peer(), "");
  stream->start_reading();
  other.send("hello");
  ASSERT_TRUE(turn_until([&] { return received == "hello"; }));
  const size_t taken = fill();
  queue("tail");
  stream->end_writing();
  std::string all;
  ASSERT_TRUE(turn_until([&] {
    all += other.read_now();
    return all.size() == taken + 4 && stream->queued_bytes() == 0;
  }));
  EXPECT_EQ(other.read_error(), 0);
  stream->abort();
}

}  // namespace
}  // namespace umbra::net
