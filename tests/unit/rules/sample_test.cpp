// Samples: whose key is in, on every worker and after every restart.
#include "umbra/rules/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "rules/rules_run.h"
#include "umbra/rules/key_hash.h"

namespace umbra::rules {
namespace {

using By = Sample::By;
using Hash = Sample::Hash;
using Missing = Sample::Missing;

// The sample alone, on one head.
class SampleRun {
 public:
  explicit SampleRun(const Sample& sample) : run_({sample}) {}
  bool keeps(const std::string& head, const Exchange& exchange = {}, const BasisPoints* percent = nullptr) {
    return run_.run(head, exchange, percent) == Outcome::copy;
  }
  bool keeps_key(const std::string& key, uint64_t draw = 0) {
    Exchange exchange;
    exchange.draw = draw;
    return keeps(request("/", "X-Key: " + key + "\r\n"), exchange);
  }
  bool keeps_draw(uint64_t draw, Nanos now = 0, const BasisPoints* percent = nullptr) {
    Exchange exchange;
    exchange.draw = draw;
    exchange.now = now;
    return keeps(request("/"), exchange, percent);
  }

 private:
  RulesRun run_;
};

Sample by_header(BasisPoints percent, Missing missing = Missing::drop) {
  return {.percent = percent, .by = By::header, .name = "X-Key", .missing = missing};
}

// A draw whose place is `part` of all.
constexpr uint64_t place(double part) { return static_cast<uint64_t>(part * 18446744073709551615.0); }

TEST(KeyHash, IsAPromise) {
  // Computed by another program; a change here would move every sample of every user.
  EXPECT_EQ(key_hash(""), 0xefd01f60ba992926u);
  EXPECT_EQ(key_hash("1"), 0x7c3832dde020d3d6u);
  EXPECT_EQ(key_hash("user-42"), 0xa39532c7ab051e8du);
  EXPECT_EQ(key_hash("192.168.0.1"), 0x49bc1b8ed85dd527u);
  EXPECT_EQ(key_hash("\xff" + std::string(1, '\0') + "\x80"), 0x07b5cbebc9388e00u);
}

TEST(KeyHash, OfGor) {
  struct Row {
    const char* key;
    uint32_t hash;
    unsigned percent;
  };
  for (const Row& row :
       {Row{"", 0x811c9dc5, 61}, Row{"1", 0x340ca71c, 44}, Row{"2", 0x370cabd5, 1}, Row{"3", 0x360caa42, 82},
        Row{"a", 0xe40c292c, 20}, Row{"foobar", 0xbf9cf968, 20}, Row{"test3414", 0x30ad92a7, 39},
        Row{"test2", 0x9c233575, 41}, Row{"user-1", 0xf5537974, 0}, Row{"user-42", 0x026073ab, 99},
        Row{"192.168.0.1", 0xf791f1e3, 95}}) {
    EXPECT_EQ(gor_hash(row.key), row.hash) << row.key;
    if (*row.key == '\0') continue;
    // To the bit: out at its own percentage, in one above.
    for (const unsigned more : {0u, 1u}) {
      Sample sample = by_header((row.percent + more) * 100);
      sample.hash = Hash::gor_percent;
      EXPECT_EQ(SampleRun(sample).keeps_key(row.key), more == 1) << row.key << " " << row.percent + more;
      sample.hash = Hash::gor_share;
      sample.share_limit = row.hash - 1 + more;
      EXPECT_EQ(SampleRun(sample).keeps_key(row.key), more == 1) << row.key;
    }
  }
}

TEST(Sample, PlacesOfKeys) {
  // The places, in hundredths of a percent, that another program computed from the hash.
  struct Row {
    const char* key;
    BasisPoints place;
  };
  for (const Row& row : {Row{"1", 4852}, Row{"user-42", 6389}, Row{"192.168.0.1", 2880}}) {
    EXPECT_FALSE(SampleRun(by_header(row.place)).keeps_key(row.key)) << row.key;
    EXPECT_TRUE(SampleRun(by_header(row.place + 1)).keeps_key(row.key)) << row.key;
  }
}

TEST(Sample, KeysAndWhereTheyAreFound) {
  struct Row {
    const char* why;
    By by;
    const char* name;
    std::string head;
    std::string client;
    const char* key;  // null: missing
  };
  const std::string cookies = request("/", "Cookie: a=1; sid=s1; sid=s2\r\nCookie: late=l; sid=s3\r\n");
  for (const Row& row : {
           Row{"header", By::header, "x-user", request("/", "X-User: u\r\nX-User: v\r\n"), "", "u"},
           Row{"no header", By::header, "X-User", request("/"), "", nullptr},
           Row{"an empty one is missing", By::header, "X-User", request("/", "X-User: \r\n"), "", nullptr},
           Row{"cookie, the first", By::cookie, "sid", cookies, "", "s1"},
           Row{"in another line", By::cookie, "late", cookies, "", "l"},
           Row{"names are exact", By::cookie, "SID", cookies, "", nullptr},
           Row{"not a part of a name", By::cookie, "id", cookies, "", nullptr},
           Row{"blanks around it", By::cookie, "b", request("/", "Cookie: a ; b = 2 ;c=3\r\n"), "", "2"},
           Row{"query", By::query, "u", request("/p?x=1&u=2&u=3"), "", "2"},
           Row{"query, not decoded", By::query, "u", request("/p?u=%41"), "", "%41"},
           Row{"its name is", By::query, "u u", request("/p?x&u%20u=1"), "", "1"},
           Row{"not a part of a name", By::query, "u", request("/p?xu=3"), "", nullptr},
           Row{"nor the path", By::query, "u", request("/u=3&u=4"), "", nullptr},
           Row{"an empty parameter", By::query, "u", request("/?u=&v=1"), "", nullptr},
           Row{"client", By::client, "", request("/"), "192.0.2.1", "192.0.2.1"},
           Row{"client, mapped", By::client, "", request("/"), "::ffff:192.0.2.1", "192.0.2.1"},
           Row{"client, IPv6", By::client, "", request("/"), "2001:db8::1", "2001:db8::1"},
           Row{"a unix socket", By::client, "", request("/"), "", nullptr},
       }) {
    Exchange exchange;
    exchange.client = row.client;
    for (BasisPoints percent = 0; percent <= kAll; percent += 500) {
      SampleRun run({.percent = percent, .by = row.by, .name = row.name, .missing = Missing::drop});
      const bool expected = row.key != nullptr && SampleRun(by_header(percent)).keeps_key(row.key);
      EXPECT_EQ(run.keeps(row.head, exchange), expected) << row.why << " " << percent;
    }
  }
}

TEST(Sample, EmptyMayBeAKey) {
  Sample sample{
      .percent = 9367, .by = By::query, .name = "u", .missing = Missing::keep, .empty_is_missing = false};
  EXPECT_FALSE(SampleRun(sample).keeps(request("/?u=")));
  EXPECT_TRUE(SampleRun(sample).keeps(request("/")));
  sample.percent = 9368;
  sample.missing = Missing::drop;
  EXPECT_TRUE(SampleRun(sample).keeps(request("/?u=")));
  EXPECT_FALSE(SampleRun(sample).keeps(request("/")));
}

TEST(Sample, WhatAMissingKeyMeans) {
  const auto keeps = [](BasisPoints percent, Missing missing, uint64_t draw) {
    Exchange exchange;
    exchange.draw = draw;
    return SampleRun(by_header(percent, missing)).keeps(request("/"), exchange);
  };
  EXPECT_TRUE(keeps(0, Missing::keep, place(0.99)));
  EXPECT_FALSE(keeps(kAll, Missing::drop, 0));
  EXPECT_TRUE(keeps(5000, Missing::random, place(0.49)));
  EXPECT_FALSE(keeps(5000, Missing::random, place(0.51)));
}

TEST(Sample, DrawsAreExact) {
  constexpr uint64_t kStep = UINT64_MAX / kAll;
  for (const BasisPoints percent : {0u, 1u, 250u, 9999u}) {
    SampleRun run({.percent = percent});
    EXPECT_EQ(run.keeps_draw(0), percent > 0);
    EXPECT_FALSE(run.keeps_draw(percent * kStep)) << percent;
    if (percent > 0) {
      EXPECT_TRUE(run.keeps_draw(percent * kStep - 1)) << percent;
    }
    EXPECT_FALSE(run.keeps_draw(UINT64_MAX)) << percent;
  }
  EXPECT_TRUE(SampleRun({.percent = kAll}).keeps_draw(UINT64_MAX)) << "100 % is all";
}

TEST(Sample, SamplesNest) {
  std::mt19937_64 random(1);
  for (int pair = 0; pair < 100; ++pair) {
    BasisPoints small = static_cast<BasisPoints>(random() % (kAll + 1));
    BasisPoints large = static_cast<BasisPoints>(random() % (kAll + 1));
    if (small > large) std::swap(small, large);
    SampleRun in_small(by_header(small));
    SampleRun in_large(by_header(large));
    SampleRun drawn_small({.percent = small});
    SampleRun drawn_large({.percent = large});
    for (int i = 0; i < 50; ++i) {
      const uint64_t draw = random();
      const std::string key = "key" + std::to_string(random() % 1'000'000);
      EXPECT_LE(in_small.keeps_key(key), in_large.keeps_key(key)) << key << " " << small << " " << large;
      EXPECT_LE(drawn_small.keeps_draw(draw), drawn_large.keeps_draw(draw)) << draw;
    }
  }
}

TEST(Sample, IsTheSameInEveryProgramWhateverTheDraw) {
  std::mt19937_64 random(2);
  SampleRun one(by_header(3000));
  SampleRun other(by_header(3000));
  size_t kept = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = std::to_string(random());
    const bool keeps = one.keeps_key(key, random());
    kept += keeps ? 1 : 0;
    EXPECT_EQ(other.keeps_key(key, random()), keeps) << key;
    EXPECT_EQ(one.keeps_key(key, random()), keeps) << key;
  }
  EXPECT_GT(kept, 0u);
  EXPECT_LT(kept, 2000u);
}

// |kept - np| within 4 sigma of a binomial.
void expect_share(size_t kept, size_t of, BasisPoints percent) {
  const double p = percent / 10'000.0;
  const double n = static_cast<double>(of);
  EXPECT_NEAR(static_cast<double>(kept), n * p, 4 * std::sqrt(n * p * (1 - p))) << percent;
}

TEST(Sample, HoldsTheShareOfKeysOfEveryKind) {
  constexpr size_t kKeys = 100'000;
  std::mt19937_64 random(3);
  for (const BasisPoints percent : {100u, 250u, 5000u, 9000u}) {
    SampleRun run(by_header(percent));
    size_t in_sequence = 0;
    size_t at_random = 0;
    for (size_t i = 0; i < kKeys / 4; ++i) {
      in_sequence += run.keeps_key(std::to_string(i)) ? 1 : 0;
      at_random += run.keeps_key(std::to_string(random())) ? 1 : 0;
    }
    expect_share(in_sequence, kKeys / 4, percent);
    expect_share(at_random, kKeys / 4, percent);
  }
}

TEST(Sample, HoldsTheShareOf100000RandomKeys) {
  std::mt19937_64 random(4);
  SampleRun run(by_header(2500));
  size_t kept = 0;
  for (int i = 0; i < 100'000; ++i) kept += run.keeps_key("u" + std::to_string(random())) ? 1 : 0;
  expect_share(kept, 100'000, 2500);
}

TEST(Sample, KeyAndDrawAreIndependent) {
  std::mt19937_64 random(5);
  SampleRun by_key(by_header(5000));
  SampleRun by_draw({.percent = 5000});
  size_t both = 0;
  constexpr size_t kExchanges = 20'000;
  for (size_t i = 0; i < kExchanges; ++i) {
    const uint64_t draw = random();
    both += by_key.keeps_key("k" + std::to_string(i), draw) && by_draw.keeps_draw(draw) ? 1 : 0;
  }
  expect_share(both, kExchanges, 2500);
}

TEST(Sample, Ramps) {
  constexpr Nanos kMinute = 60 * kSecond;
  SampleRun up({.percent = 2500, .ramp = 30 * kMinute, .ramp_from = 0});
  EXPECT_FALSE(up.keeps_draw(0, 0));
  EXPECT_TRUE(up.keeps_draw(place(0.1249), 15 * kMinute));
  EXPECT_FALSE(up.keeps_draw(place(0.1251), 15 * kMinute));
  EXPECT_TRUE(up.keeps_draw(place(0.2499), 30 * kMinute));
  EXPECT_FALSE(up.keeps_draw(place(0.2501), 300 * kMinute));
  SampleRun down({.percent = 1000, .ramp = 10 * kMinute, .ramp_from = 2000});
  EXPECT_TRUE(down.keeps_draw(place(0.1999), 0));
  EXPECT_FALSE(down.keeps_draw(place(0.1501), 5 * kMinute));
  EXPECT_FALSE(down.keeps_draw(place(0.1001), 10 * kMinute));
}

TEST(Sample, APersonsPercentReplacesUmbrasOwn) {
  const BasisPoints all = kAll;
  const BasisPoints none = 0;
  SampleRun ramp({.percent = 5000, .ramp = kSecond, .ramp_from = 0});
  EXPECT_TRUE(ramp.keeps_draw(place(0.9), 0, &all));
  EXPECT_FALSE(ramp.keeps_draw(0, 5 * kSecond, &none));
  SampleRun keyed(by_header(0));
  EXPECT_TRUE(keyed.keeps(request("/", "X-Key: 1\r\n"), {}, &all));
  for (const Hash hash : {Hash::gor_percent, Hash::gor_share}) {
    Sample sample = by_header(0);
    sample.hash = hash;
    EXPECT_FALSE(SampleRun(sample).keeps(request("/", "X-Key: 1\r\n"), {}, &all)) << "gor's stays gor's";
  }
}

}  // namespace
}  // namespace umbra::rules
