#include "umbra/mirror/guard.h"

#include <gtest/gtest.h>

namespace umbra::mirror {

void PrintTo(Guard::Verdict verdict, std::ostream* out) { *out << static_cast<int>(verdict); }

namespace {

using Verdict = Guard::Verdict;

constexpr Nanos kStart = 1'000'000 * kSecond;

StopWhen options(double error_share, Nanos latency, uint64_t at_least, Nanos resume_after = 0) {
  return {error_share, latency, 16 * kSecond, at_least, resume_after};
}

// `count` copies at `now`; what the last one led to.
Verdict end(Guard& guard, Nanos now, int count, bool well, std::optional<Nanos> time = kMillisecond) {
  Verdict verdict = Verdict::go_on;
  for (int i = 0; i < count; ++i) verdict = guard.on_ended(now, well, time);
  return verdict;
}

TEST(Guard, Table) {
  struct Copies {
    int count;
    bool well;
    std::optional<Nanos> time;
  };
  struct Row {
    StopWhen options;
    std::vector<Copies> copies;
    Verdict last;
    const char* why;
  };
  constexpr Nanos ms = kMillisecond;
  for (const Row& row : {
           Row{options(0.1, 0, 100), {{90, true, ms}, {9, false, ms}}, Verdict::go_on, "99 are not enough"},
           Row{options(0.1, 0, 100),
               {{90, true, ms}, {10, false, ms}},
               Verdict::errors,
               "10 of 100 is a tenth"},
           Row{options(0.1, 0, 100), {{91, true, ms}, {9, false, ms}}, Verdict::go_on, "9 of 100 is less"},
           Row{options(0.1, 0, 100),
               {{9, false, ms}, {990, true, ms}},
               Verdict::go_on,
               "errors before enough came"},
           Row{options(1, 0, 5), {{5, false, {}}}, Verdict::errors, "all of them"},
           Row{options(1, 0, 5), {{1, true, ms}, {500, false, {}}}, Verdict::go_on, "all but one"},
           Row{options(0.5, 0, 0), {{1, false, {}}}, Verdict::errors, "one is enough when none need be"},
           Row{options(0, 0, 1), {{500, false, 9 * kSecond}}, Verdict::go_on, "nothing is looked at"},
           Row{options(0, 10 * ms, 10), {{10, true, 10 * ms}}, Verdict::go_on, "as slow as it may be"},
           Row{options(0, 10 * ms, 10), {{9, true, 10 * ms}, {1, true, 11 * ms}}, Verdict::latency, "slower"},
           Row{options(0, 10 * ms, 10), {{9, true, kSecond}}, Verdict::go_on, "9 are not enough"},
           Row{options(0, 10 * ms, 10),
               {{9, true, kSecond}, {20, false, {}}},
               Verdict::go_on,
               "copies without an answer have no time"},
           Row{options(0, 10 * ms, 10),
               {{5, false, kSecond}, {5, true, ms}},
               Verdict::latency,
               "a slow 500 is slow"},
           Row{options(0.5, 10 * ms, 4),
               {{3, true, ms}, {3, false, kSecond}},
               Verdict::go_on,
               "after it has stopped there is no more to say"},
           Row{options(0.5, 10 * ms, 2),
               {{1, true, ms}, {1, false, kSecond}},
               Verdict::errors,
               "errors come first"},
       }) {
    Guard guard(row.options);
    Verdict last = Verdict::go_on;
    for (const Copies& copies : row.copies) last = end(guard, kStart, copies.count, copies.well, copies.time);
    EXPECT_EQ(last, row.last) << row.why;
  }
}

TEST(Guard, StopsOnceAndSaysWhatItSaw) {
  Guard guard(options(0.25, 0, 4));
  EXPECT_EQ(end(guard, kStart, 3, true, 2 * kMillisecond), Verdict::go_on);
  EXPECT_FALSE(guard.stopped());
  EXPECT_EQ(end(guard, kStart, 1, false, std::nullopt), Verdict::errors);
  EXPECT_TRUE(guard.stopped());
  EXPECT_EQ(end(guard, kStart, 10, false), Verdict::go_on) << "copies that were on their way";
  EXPECT_EQ(guard.seen().ended, 4u);
  EXPECT_EQ(guard.seen().errors, 1u);
  EXPECT_DOUBLE_EQ(guard.seen().error_share(), 0.25);
  EXPECT_EQ(guard.seen().timed, 3u);
  EXPECT_EQ(guard.seen().mean_time(), 2 * kMillisecond);
}

TEST(Guard, NothingSeenIsNoDivisionByZero) {
  const Guard guard(options(0.1, 1, 0));
  EXPECT_EQ(guard.seen().mean_time(), 0u);
  EXPECT_EQ(guard.seen().error_share(), 0);
}

// The window is 16 s, in steps of one second.
TEST(Guard, TheWindowSlides) {
  struct Row {
    Nanos later;
    uint64_t ended;
    const char* why;
  };
  for (const Row& row : {
           Row{0, 11, "at the same time"},
           Row{15 * kSecond, 11, "15 s later they are in the window yet"},
           Row{16 * kSecond - 1, 11, "to the nanosecond"},
           Row{16 * kSecond, 1, "then they are not"},
           Row{17 * kSecond, 1, "nor after that"},
           Row{31 * kSecond, 1, "nor when each step has come by"},
           Row{32 * kSecond, 1, "twice"},
           Row{1'000'000 * kSecond, 1, "after a long idle time"},
       }) {
    Guard guard(options(0.9, 0, 100));
    end(guard, kStart, 10, false);
    end(guard, kStart + row.later, 1, true);
    EXPECT_EQ(guard.seen().ended, row.ended) << row.why;
    EXPECT_EQ(guard.seen().errors, row.ended - 1) << row.why;
    EXPECT_EQ(guard.seen().total_time, row.ended * kMillisecond) << row.why;
  }
}

TEST(Guard, LeavesTheWindowStepByStep) {
  Guard guard(options(0.9, 0, 1000));
  for (Nanos second = 0; second < 100; ++second) {
    end(guard, kStart + second * kSecond, 1, true);
    EXPECT_EQ(guard.seen().ended, std::min<Nanos>(second + 1, 16)) << second;
  }
}

TEST(Guard, OldErrorsDoNotStopIt) {
  Guard guard(options(0.5, 0, 10));
  EXPECT_EQ(end(guard, kStart, 9, false), Verdict::go_on);
  EXPECT_EQ(end(guard, kStart + 16 * kSecond, 1, false), Verdict::go_on) << "9 have left the window";
  EXPECT_EQ(end(guard, kStart + 17 * kSecond, 9, false), Verdict::errors);
}

TEST(Guard, TimeThatGoesBackIsTheSameTime) {
  Guard guard(options(0.9, 0, 100));
  end(guard, kStart, 1, true);
  end(guard, kStart - 5 * kSecond, 1, true);
  end(guard, kStart, 1, true);
  EXPECT_EQ(guard.seen().ended, 3u);
}

TEST(Guard, AWindowOfNothingIsShort) {
  StopWhen none = options(0.9, 0, 2);
  none.window = 0;
  Guard guard(none);
  EXPECT_EQ(end(guard, kStart, 1, false), Verdict::go_on);
  EXPECT_EQ(end(guard, kStart + 16, 1, false), Verdict::go_on);
  EXPECT_EQ(end(guard, kStart + 16, 1, false), Verdict::errors);
}

TEST(Guard, ResumesByTime) {
  Guard guard(options(0.5, 0, 2, 30 * kSecond));
  EXPECT_FALSE(guard.resume_at());
  end(guard, kStart, 1, false);
  EXPECT_FALSE(guard.resume_at()) << "it goes on";
  ASSERT_EQ(end(guard, kStart + kSecond, 1, false), Verdict::errors);
  EXPECT_EQ(guard.resume_at(), kStart + 31 * kSecond);
  guard.resume();
  EXPECT_FALSE(guard.stopped());
  EXPECT_FALSE(guard.resume_at());
  EXPECT_EQ(guard.seen().ended, 0u);
  EXPECT_EQ(end(guard, kStart + 2 * kSecond, 1, false), Verdict::go_on) << "what was before is forgotten";
  EXPECT_EQ(end(guard, kStart + 2 * kSecond, 1, false), Verdict::errors) << "and it stops again";
}

TEST(Guard, OnlyAPersonResumes) {
  Guard guard(options(0.5, 0, 1));
  ASSERT_EQ(end(guard, kStart, 1, false), Verdict::errors);
  EXPECT_FALSE(guard.resume_at());
  EXPECT_EQ(end(guard, kStart + 1'000'000 * kSecond, 1, true), Verdict::go_on);
  EXPECT_TRUE(guard.stopped());
  guard.resume();
  EXPECT_FALSE(guard.stopped());
}

}  // namespace
}  // namespace umbra::mirror
