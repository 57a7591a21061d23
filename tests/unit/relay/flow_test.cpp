#include "umbra/relay/flow.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "umbra/relay/options.h"

namespace umbra::relay {
namespace {

// A Stream that takes as many bytes at once as it is told and queues the rest.
class FakeStream final : public net::Stream {
 public:
  void listen_to(net::StreamListener*) override {}
  void start_reading() override { reading = true; }
  void stop_reading() override { reading = false; }
  Result<size_t> try_write(std::span<const std::string_view> parts) override {
    if (broken) return Error{Errc::reset, "broken"};
    if (queued > 0) return size_t{0};
    const size_t taken = std::min(room, parts[0].size());
    sent += parts[0].substr(0, taken);
    room -= taken;
    return taken;
  }
  Result<void> write(std::vector<Slice> slices) override {
    if (broken_queue) return Error{Errc::reset, "broken"};
    for (const Slice& slice : slices) {
      queued += slice.size;
      waiting += slice.view();
    }
    return {};
  }
  size_t queued_bytes() const override { return queued; }
  void set_low_water(size_t bytes) override { low_water = bytes; }
  void end_writing() override { ended = true; }
  void abort() override {}
  void probe_peer() override {}
  bool peer_gone() const override { return false; }
  void limit_reads(unsigned) override {}
  std::string peer() const override { return ""; }

  std::string sent;
  std::string waiting;
  size_t room = SIZE_MAX;
  size_t queued = 0;
  size_t low_water = 0;
  bool reading = false;
  bool ended = false;
  bool broken = false;
  bool broken_queue = false;
};

class FlowTest : public testing::Test {
 protected:
  FlowTest() { flow.start(source, sink); }
  void forward(std::string_view bytes) {
    Passing passing(bytes);
    flow.forward(passing);
  }
  FakeStream source;
  FakeStream sink;
  Flow flow;
};

TEST_F(FlowTest, ReadsFromTheStartAndPassesBytesOn) {
  EXPECT_TRUE(source.reading);
  EXPECT_FALSE(sink.reading) << "the other flow's matter";
  EXPECT_EQ(sink.low_water, kLowWater);
  forward("abc");
  forward("def");
  EXPECT_EQ(sink.sent, "abcdef");
}

TEST_F(FlowTest, WhatTheKernelDoesNotTakeIsQueuedInOrder) {
  sink.room = 4;
  forward("abcdef");
  forward("ghi");
  EXPECT_EQ(sink.sent, "abcd");
  EXPECT_EQ(sink.waiting, "efghi");
  EXPECT_FALSE(flow.flushed());
}

TEST_F(FlowTest, PausesAboveTheHighWaterAndResumes) {
  sink.room = 0;
  forward(std::string(kHighWater, 'x'));
  EXPECT_TRUE(source.reading) << "at the mark is not above it";
  forward("y");
  EXPECT_FALSE(source.reading);
  sink.queued = 0;
  flow.on_sink_drained();
  EXPECT_TRUE(source.reading);
}

TEST_F(FlowTest, ABrokenSinkPausesForGood) {
  sink.broken = true;
  forward("abc");
  EXPECT_TRUE(flow.broken());
  EXPECT_FALSE(source.reading);
  flow.on_sink_drained();
  EXPECT_FALSE(source.reading) << "who paused for another reason may not resume this one";
  sink.broken = false;
  forward("def");
  EXPECT_EQ(sink.sent, "") << "no gap: what follows a lost byte is lost too";
}

TEST_F(FlowTest, AQueueThatBreaksIsABrokenSink) {
  sink.room = 0;
  sink.broken_queue = true;
  forward("abc");
  EXPECT_TRUE(flow.broken());
}

TEST_F(FlowTest, TheEndTravelsBehindTheBytes) {
  sink.room = 1;
  forward("abc");
  flow.end();
  EXPECT_TRUE(sink.ended) << "the stream sends FIN behind its queue";
  EXPECT_TRUE(flow.ended());
  EXPECT_FALSE(flow.flushed());
  sink.queued = 0;
  EXPECT_TRUE(flow.flushed());
}

TEST_F(FlowTest, DetachedItTouchesNeitherStream) {
  sink.room = 0;
  forward(std::string(kHighWater + 1, 'x'));
  ASSERT_FALSE(source.reading);
  flow.detach();
  flow.on_sink_drained();
  EXPECT_FALSE(source.reading);
  flow.on_sink_broken();
  forward("y");
  EXPECT_FALSE(sink.waiting.ends_with("y"));
}

TEST_F(FlowTest, ABrokenSinkGetsNoEndAndCountsAsFlushed) {
  flow.on_sink_broken();
  flow.end();
  EXPECT_FALSE(sink.ended);
  EXPECT_TRUE(flow.flushed());
}

}  // namespace
}  // namespace umbra::relay
