#include "umbra/rules/inflate.h"

#include <gtest/gtest.h>

#include "rules/gzip.h"

namespace umbra::rules {
namespace {

using Outcome = Unpacked::Outcome;

constexpr size_t kMost = 64 * 1024;

std::string sample(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i);
  text.resize(size);
  return text;
}

TEST(Inflate, Codings) {
  const std::string text = sample(40'000);
  struct Row {
    std::string coding;
    std::string body;
    Outcome outcome;
    const char* why;
  };
  for (const Row& row : {
           Row{"gzip", pack(text, kGzip), Outcome::unpacked, "gzip"},
           Row{" GZip\t", pack(text, kGzip), Outcome::unpacked, "in any case"},
           Row{"x-gzip", pack(text, kGzip), Outcome::unpacked, "its old name"},
           Row{"deflate", pack(text, kZlib), Outcome::unpacked, "as the RFC means it"},
           Row{"deflate", pack(text, kNoHeader), Outcome::unpacked, "as some send it"},
           Row{"", text, Outcome::plain, "none"},
           Row{"identity", text, Outcome::plain, "none, said so"},
           Row{"Identity", text, Outcome::plain, "in any case"},
           Row{"gzip", pack(text, kZlib), Outcome::cannot_read, "another format"},
           Row{"gzip", text, Outcome::cannot_read, "not packed at all"},
           Row{"deflate", pack(text, kGzip), Outcome::cannot_read, "gzip called deflate"},
           Row{"deflate", text, Outcome::cannot_read, "not packed at all"},
           Row{"gzip", "", Outcome::cannot_read, "nothing"},
           Row{"deflate", "", Outcome::cannot_read, "nothing"},
           Row{"br", text, Outcome::cannot_read, "a coding that is not known"},
           Row{"zstd", text, Outcome::cannot_read, "nor this one"},
           Row{"gzip, gzip", pack(pack(text, kGzip), kGzip), Outcome::cannot_read, "several"},
           Row{"gzip, identity", pack(text, kGzip), Outcome::cannot_read, "several"},
           Row{"gzip,", pack(text, kGzip), Outcome::cannot_read, "no coding"},
           Row{"gzip;q=1", pack(text, kGzip), Outcome::cannot_read, "no coding"},
       }) {
    const Unpacked unpacked = unpack(row.body, row.coding, kMost);
    EXPECT_EQ(unpacked.outcome, row.outcome) << row.coding << ": " << row.why;
    EXPECT_EQ(unpacked.body, row.outcome == Outcome::unpacked ? text : "") << row.coding << ": " << row.why;
  }
}

TEST(Inflate, AnEmptyTextIsATextToo) {
  const Unpacked unpacked = unpack(pack("", kGzip), "gzip", 0);
  EXPECT_EQ(unpacked.outcome, Outcome::unpacked);
  EXPECT_EQ(unpacked.body, "");
}

TEST(Inflate, TheBoundIsExact) {
  // Around the size of the pieces that it is unpacked in, too.
  for (const size_t size : {size_t{1}, size_t{16 * 1024}, size_t{16 * 1024 + 1}, size_t{40'000}}) {
    for (const int format : {kGzip, kZlib, kNoHeader}) {
      const std::string packed = pack(sample(size), format);
      const char* const coding = format == kGzip ? "gzip" : "deflate";
      EXPECT_EQ(unpack(packed, coding, size).outcome, Outcome::unpacked) << size;
      EXPECT_EQ(unpack(packed, coding, size - 1).outcome, Outcome::too_large) << size;
    }
  }
}

TEST(Inflate, ABombIsNotUnpacked) {
  const std::string bomb = pack(std::string(50'000'000, ' '), kGzip);
  ASSERT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(unpack(bomb, "gzip", kMost).outcome, Outcome::too_large);
}

TEST(Inflate, CutShortAnywhereItIsAnError) {
  for (const int format : {kGzip, kZlib, kNoHeader}) {
    const std::string packed = pack(sample(300), format);
    for (size_t size = 0; size < packed.size(); ++size) {
      const std::string cut = packed.substr(0, size);
      EXPECT_EQ(unpack(cut, format == kGzip ? "gzip" : "deflate", kMost).outcome, Outcome::cannot_read)
          << size;
    }
  }
}

TEST(Inflate, WhatFollowsIsAnError) {
  for (const int format : {kGzip, kZlib, kNoHeader}) {
    const std::string packed = pack(sample(300), format);
    const char* const coding = format == kGzip ? "gzip" : "deflate";
    EXPECT_EQ(unpack(packed + "x", coding, kMost).outcome, Outcome::cannot_read);
    EXPECT_EQ(unpack(packed + packed, coding, kMost).outcome, Outcome::cannot_read) << "a second member";
  }
}

TEST(Inflate, ABrokenChecksumIsAnError) {
  std::string packed = pack(sample(300), kGzip);
  packed[packed.size() - 5] = static_cast<char>(packed[packed.size() - 5] ^ 1);
  EXPECT_EQ(unpack(packed, "gzip", kMost).outcome, Outcome::cannot_read);
}

}  // namespace
}  // namespace umbra::rules
