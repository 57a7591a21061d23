// A stream over a stream: the contract of Stream, and what TLS adds to it.
#include "umbra/net/tls_stream.h"

#include <random>

#include "net/tls_fixture.h"

namespace umbra::net {
namespace {

class TlsStreamTest : public TlsTest {
 protected:
  // Both streams are up and read, over sockets.
  void connect() {
    ASSERT_TRUE(shake_hands());
    for (Side* side : {&client, &server}) side->stream->start_reading();
  }
  void connect_on_wire() {
    ASSERT_TRUE(shake_hands_on_wire());
    for (Side* side : {&client, &server}) side->stream->start_reading();
    carry_all(65536);
  }
  bool server_has(std::string_view bytes) {
    return turn_until([&] { return server.ear.bytes == bytes; });
  }
  static std::string noise(size_t size) {
    std::mt19937_64 random(size);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }
  // Gives `bytes` to the stream as a careful sender does: as much as it takes, and no more than that waits.
  static void feed(Side& from, std::string_view& bytes, size_t high_water) {
    while (!bytes.empty() && from.stream->queued_bytes() < high_water) {
      const size_t taken = from.try_write(bytes.substr(0, 100'000));
      bytes.remove_prefix(taken);
      if (taken > 0) continue;
      const size_t size = std::min<size_t>(bytes.size(), 50'000);
      from.queue(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
  }
};

TEST_F(TlsStreamTest, BytesPassBothWays) {
  connect();
  EXPECT_EQ(client.try_write("to the server"), 13u);
  EXPECT_EQ(server.try_write("to the client"), 13u);
  EXPECT_TRUE(server_has("to the server"));
  EXPECT_TRUE(turn_until([&] { return client.ear.bytes == "to the client"; }));
}

TEST_F(TlsStreamTest, PartsShareARecord) {
  connect_on_wire();
  const std::vector<std::string_view> parts{"", "GET / HTTP/1.1\r\n", "Host: a\r\n", "", "\r\n", ""};
  EXPECT_EQ(*client.stream->try_write(parts), 27u);
  EXPECT_LT(near->sent.size(), 27u + 40u) << "one record";
  carry_all(65536);
  EXPECT_EQ(server.ear.bytes, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(*client.stream->try_write({}), 0u);
}

TEST_F(TlsStreamTest, PartsAndRecordsOfAllSizes) {
  connect_on_wire();
  const std::string all = noise(100'000);
  for (const size_t part : {1000u, 16383u, 16384u, 16385u, 40'000u}) {
    std::vector<std::string_view> parts;
    for (size_t at = 0; at < all.size(); at += part) parts.push_back(std::string_view(all).substr(at, part));
    EXPECT_EQ(*client.stream->try_write(parts), all.size()) << part;
    carry_all(4096);
    EXPECT_TRUE(server.ear.bytes == all) << part;
    server.ear.bytes.clear();
  }
}

TEST_F(TlsStreamTest, ARecordCutAtEveryByte) {
  connect_on_wire();
  const std::string message = "a message that is cut";
  client.try_write(message);
  const size_t size = near->sent.size();
  near->sent.clear();
  // The bytes of a lost record are missed; so each cut has its own connection's next record.
  forget();
  connect_on_wire();
  for (size_t cut = 1; cut < size; ++cut) {
    client.try_write(message);
    ASSERT_EQ(near->sent.size(), size);
    carry(*near, *far, cut);
    EXPECT_EQ(server.ear.bytes, "") << cut;
    carry(*near, *far, size);
    EXPECT_EQ(server.ear.bytes, message) << cut;
    server.ear.bytes.clear();
  }
}

// Nothing of a record that anyone has changed is ever shown.
TEST_F(TlsStreamTest, ARecordChangedAtAnyByteFails) {
  connect_on_wire();
  client.try_write("a message");
  const size_t size = near->sent.size();
  forget();
  for (size_t at = 0; at < size; ++at) {
    connect_on_wire();
    client.try_write("a message");
    near->sent[at] = static_cast<char>(near->sent[at] ^ 1);
    carry_all(65536);
    near->sent += "more";
    carry_all(65536);
    if (far->listener != nullptr && server.ear.failures == 0)
      far->listener->on_end();  // a longer length waits
    EXPECT_EQ(server.ear.bytes, "") << at;
    EXPECT_EQ(server.ear.failures, 1) << at;
    forget();
  }
}

TEST_F(TlsStreamTest, ReadsOnlyWhileAsked) {
  ASSERT_TRUE(shake_hands());
  client.try_write("one");
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(server.ear.bytes, "");
  server.stream->start_reading();
  ASSERT_TRUE(server_has("one"));
  server.stream->stop_reading();
  client.try_write("two");
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(server.ear.bytes, "one");
  server.stream->start_reading();
  EXPECT_TRUE(server_has("onetwo"));
}

TEST_F(TlsStreamTest, AReadThatIsPausedHalfWayIsFinishedLater) {
  connect_on_wire();
  const std::string all = noise(150'000);
  client.try_write(all);
  std::string wire = std::exchange(near->sent, {});
  server.ear.on_each = [&] { server.stream->stop_reading(); };
  int pauses = 0;
  while (!wire.empty()) {
    if (!far->reading) {  // still has a part of what came before
      server.stream->start_reading();
      const size_t before = server.ear.bytes.size();
      turn();
      pauses += server.ear.bytes.size() > before ? 1 : 0;
      continue;
    }
    const std::string part = wire.substr(0, 60'000);
    wire.erase(0, part.size());
    far->listener->on_bytes(part);
  }
  for (int i = 0; i < 10; ++i) {
    server.stream->start_reading();
    turn();
  }
  EXPECT_TRUE(server.ear.bytes == all);
}

TEST_F(TlsStreamTest, AReadIsNoLargerThanItsLimit) {
  connect_on_wire();
  server.stream->limit_reads(1000);
  const std::string all = noise(20'000);
  client.try_write(all);
  carry_all(5000);
  for (int i = 0; i < 5; ++i) turn();
  carry_all(5000);
  EXPECT_TRUE(server.ear.bytes == all);
  EXPECT_EQ(server.ear.largest, 1000u);
}

TEST_F(TlsStreamTest, WithALimitOneReadIsServedATurn) {
  connect();
  server.stream->limit_reads(4096);
  std::string_view rest;
  const std::string all = noise(2'000'000);
  rest = all;
  feed(client, rest, 500'000);
  size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    const size_t before = server.ear.bytes.size();
    turn();
    most = std::max(most, server.ear.bytes.size() - before);
  }
  EXPECT_GT(server.ear.bytes.size(), 40'000u) << "but it is read on";
  EXPECT_LE(most, 2 * 4096u + 16384u) << "and a record that became whole";
}

TEST_F(TlsStreamTest, LargeTransfersBothWaysWithSlowReaders) {
  connect();
  const std::string up = noise(6'000'000);
  const std::string down = noise(5'000'001);
  std::string_view up_rest = up;
  std::string_view down_rest = down;
  // Each pauses its reading now and then, from inside the callback.
  std::mt19937 random(1);
  std::vector<Side*> paused;
  for (Side* side : {&client, &server}) {
    side->ear.on_each = [&, side] {
      if (random() % 3 != 0) return;
      side->stream->stop_reading();
      paused.push_back(side);
    };
  }
  size_t queued_most = 0;
  ASSERT_TRUE(turn_until([&] {
    for (Side* side : std::exchange(paused, {})) side->stream->start_reading();
    feed(client, up_rest, 200'000);
    feed(server, down_rest, 200'000);
    queued_most = std::max({queued_most, client.stream->queued_bytes(), server.stream->queued_bytes()});
    return server.ear.bytes.size() >= up.size() && client.ear.bytes.size() >= down.size();
  }));
  EXPECT_TRUE(server.ear.bytes == up);
  EXPECT_TRUE(client.ear.bytes == down);
  EXPECT_LT(queued_most, 300'000u);
}

TEST_F(TlsStreamTest, WhatTheKernelDoesNotTakeIsQueuedAndTold) {
  connect();
  server.stream->stop_reading();
  const std::string block = noise(65536);
  std::string all;
  for (;;) {
    const size_t taken = client.try_write(block);
    all += block.substr(0, taken);
    if (taken < block.size()) break;
  }
  EXPECT_GT(client.stream->queued_bytes(), 0u) << "a part of the last record";
  EXPECT_LT(client.stream->queued_bytes(), 17'000u) << "and no more";
  EXPECT_EQ(client.try_write("never before the queue"), 0u);
  client.queue("behind");
  server.stream->start_reading();
  EXPECT_TRUE(server_has(all + "behind"));
  EXPECT_TRUE(turn_until([&] { return client.stream->queued_bytes() == 0; }));
  EXPECT_EQ(client.ear.drains, 1);
}

TEST_F(TlsStreamTest, AnEndIsToldOnceAndTheOtherHalfGoesOn) {
  connect();
  client.queue("last words");
  client.stream->end_writing();
  ASSERT_TRUE(turn_until([&] { return server.ear.ends == 1; }));
  EXPECT_EQ(server.ear.bytes, "last words");
  const std::string_view more = "x";
  EXPECT_FALSE(client.stream->try_write({&more, 1})) << "its end has been said";
  EXPECT_EQ(server.try_write("answer"), 6u);
  ASSERT_TRUE(turn_until([&] { return client.ear.bytes == "answer"; }));
  server.stream->end_writing();
  ASSERT_TRUE(turn_until([&] { return client.ear.ends == 1; }));
  server.stream->start_reading();
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(server.ear.ends, 1);
  EXPECT_EQ(client.ear.failures + server.ear.failures, 0);
}

TEST_F(TlsStreamTest, TheEndIsSentBehindTheQueue) {
  connect();
  server.stream->stop_reading();
  const std::string part = noise(65536);
  std::string block;
  for (size_t taken = part.size(); taken == part.size();) {
    taken = client.try_write(part);
    block += part.substr(0, taken);
  }
  client.queue("last words");
  block += "last words";
  client.stream->end_writing();
  EXPECT_GT(client.stream->queued_bytes(), 0u);
  server.stream->start_reading();
  ASSERT_TRUE(turn_until([&] { return server.ear.ends + server.ear.failures > 0; }));
  EXPECT_TRUE(server.ear.bytes == block);
  EXPECT_EQ(server.ear.ends, 1);
}

TEST_F(TlsStreamTest, AnEndWhilePausedIsToldLater) {
  connect_on_wire();
  server.ear.on_each = [&] { server.stream->stop_reading(); };
  client.try_write("all of it");
  client.stream->end_writing();
  carry_all(65536);
  EXPECT_EQ(server.ear.bytes, "all of it");
  EXPECT_EQ(server.ear.ends, 0) << "reading is paused";
  server.stream->start_reading();
  EXPECT_EQ(server.ear.ends, 0) << "no call calls back into its caller";
  EXPECT_TRUE(turn_until([&] { return server.ear.ends == 1; }));
}

TEST_F(TlsStreamTest, AnEndWithoutCloseNotifyIsTruncation) {
  connect_on_wire();
  client.try_write("all of it?");
  carry_all(65536);
  far->listener->on_end();
  EXPECT_EQ(server.ear.bytes, "all of it?");
  EXPECT_EQ(server.ear.ends, 0);
  ASSERT_EQ(server.ear.failures, 1);
  EXPECT_EQ(server.ear.error.code, Errc::truncated);
  EXPECT_EQ(server.try_write("an answer"), 9u) << "the other half is open";
  carry_all(65536);
  EXPECT_EQ(client.ear.bytes, "an answer");
  server.stream->start_reading();
  turn();
  EXPECT_EQ(server.ear.failures, 1);
}

TEST_F(TlsStreamTest, AnEndWithinARecordIsTruncation) {
  connect_on_wire();
  client.try_write("cut");
  near->sent.resize(near->sent.size() - 1);
  carry_all(65536);
  far->listener->on_end();
  EXPECT_EQ(server.ear.bytes, "");
  ASSERT_EQ(server.ear.failures, 1);
  EXPECT_EQ(server.ear.error.code, Errc::truncated);
}

TEST_F(TlsStreamTest, WhatComesBehindTheEndIsNotRead) {
  connect_on_wire();
  client.stream->end_writing();
  near->sent += "garbage";
  carry_all(65536);
  EXPECT_EQ(server.ear.ends, 1);
  EXPECT_FALSE(far->reading);
  EXPECT_EQ(server.ear.failures, 0);
}

TEST_F(TlsStreamTest, DyingSaysTheEndUnlessSomethingIsCutByIt) {
  connect_on_wire();
  client.stream.reset();
  carry(*near, *far, 65536);
  EXPECT_EQ(server.ear.ends, 1);
  forget();

  connect_on_wire();
  near->room = 10;
  client.try_write("only a part of this goes out");
  const size_t sent = near->sent.size();
  client.stream.reset();
  EXPECT_EQ(near->sent.size(), sent) << "the peer must not take it for the whole";
}

TEST_F(TlsStreamTest, AbortIsAReset) {
  connect();
  client.stream->abort();
  ASSERT_TRUE(turn_until([&] { return server.ear.failures == 1; }));
  EXPECT_EQ(server.ear.error.code, Errc::reset);
  EXPECT_EQ(server.ear.ends, 0);
  const std::string_view bytes = "x";
  EXPECT_FALSE(client.stream->try_write({&bytes, 1}));
  EXPECT_FALSE(client.stream->write({}));
  client.stream->start_reading();
  client.stream->stop_reading();
  client.stream->end_writing();
  client.stream->abort();
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(client.ear.calls(), 0);
}

TEST_F(TlsStreamTest, ABrokenWriteIsToldAndReadingGoesOn) {
  connect_on_wire();
  server.try_write("said before");
  near->broken = true;
  const std::string_view bytes = "x";
  EXPECT_FALSE(client.stream->try_write({&bytes, 1}));
  EXPECT_FALSE(client.stream->try_write({&bytes, 1}));
  near->listener->on_write_failed({Errc::reset, "queued"});
  EXPECT_EQ(client.ear.write_failures, 1);
  carry(*far, *near, 65536);
  EXPECT_EQ(client.ear.bytes, "said before");
  near->listener->on_failed({Errc::reset, "and now this"});
  EXPECT_EQ(client.ear.failures, 1);
}

// In each of its callbacks, from the stream below and from the loop.
TEST_F(TlsStreamTest, ItMayDieInsideItsOwnCallbacks) {
  const auto die = [this] {
    server.ear.on_each = nullptr;
    server.stream.reset();
  };
  const std::vector<std::function<void()>> ways{
      [&] {
        client.try_write(noise(70'000));
        carry(*near, *far, 65536);
      },
      [&] {
        client.stream->end_writing();
        carry(*near, *far, 65536);
      },
      [&] { far->listener->on_end(); },
      [&] {
        far->listener->on_failed({Errc::reset, ""});
      },
      [&] {
        near->sent = "no record at all";
        carry(*near, *far, 65536);
      },
      [&] {  // from the loop
        server.ear.on_each = [&] {
          server.stream->stop_reading();
          server.ear.on_each = die;
        };
        client.try_write(noise(150'000));
        const std::string wire = std::exchange(near->sent, {});
        far->listener->on_bytes(wire);
        ASSERT_TRUE(server.stream);
        server.stream->start_reading();
        EXPECT_TRUE(turn_until([&] { return !server.stream; }));
      },
  };
  for (const auto& way : ways) {
    connect_on_wire();
    server.ear.on_each = die;
    way();
    EXPECT_FALSE(server.stream);
    EXPECT_TRUE(far->gone);
    turn();
    forget();
  }
}

TEST_F(TlsStreamTest, ThePeersNameIsThatOfTheStreamBelow) {
  connect();
  EXPECT_EQ(server.stream->peer().substr(0, 10), "127.0.0.1:");
  EXPECT_FALSE(server.stream->peer_gone());
  server.stream->probe_peer();
}

// Some of what a peer says is answered by the library itself, with alerts.  A peer that reads none of them
// must not make umbra keep them all.
TEST_F(TlsStreamTest, RepliesThatNobodyReadsAreBounded) {
  connect_on_wire();
  far->queued = TlsStream::kRepliesMax + 1;
  near->sent.clear();
  client.stream->abort();
  near->sent = "\x17\x03\x03";  // a record that cannot be right makes the server send an alert
  near->sent += std::string("\xff\xff", 2) + std::string(100, 'x');
  const size_t before = far->sent.size();
  carry(*near, *far, 65536);
  EXPECT_EQ(server.ear.failures, 1);
  EXPECT_EQ(far->sent.size(), before);
}

}  // namespace
}  // namespace umbra::net
