// A proxy that crashes: nobody who connects is refused, the application does not notice, the next one is
// there at once, and from the fifth on it only relays.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "support/eventually.h"
#include "support/lean_origin.h"
#include "wrapper/load.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

struct Row {
  const char* name;
  int signal;
  unsigned workers;
};

class Crash : public ::testing::TestWithParam<Row> {};

// The first answer that somebody got who came after the crash.
double ms_to_first_answer(const std::vector<Outcome>& outcomes, int64_t killed) {
  int64_t first = INT64_MAX;
  for (const Outcome& outcome : outcomes) {
    if (outcome.begun > killed && outcome.fate == Fate::answered) first = std::min(first, outcome.ended);
  }
  return static_cast<double>(first - killed) / 1e6;
}

TEST_P(Crash, UnderLoadBreaksWhatIsInFlightAndNothingElse) {
  Plan plan;
  plan.files["config/umbra.yaml"] = "workers: " + std::to_string(GetParam().workers) + "\n";
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.relays());
  Load load({.per_second = 200}, [&] { return std::vector{plan.port}; });
  ASSERT_TRUE(support::eventually([&] { return load.begun() >= 250; }));
  const int64_t killed = monotonic_ns();
  ::kill(wrapper.proxy_pid(), GetParam().signal);
  ASSERT_TRUE(wrapper.logs({"msg=\"exit\"", "process=umbra"}));
  const int64_t gone = monotonic_ns();
  ASSERT_TRUE(support::eventually([&] { return load.begun() >= 600; }));
  const std::vector<Outcome> outcomes = load.stop();
  EXPECT_TRUE(all_with(outcomes, Fate::refused).empty()) << summary(outcomes);
  EXPECT_TRUE(all_with(outcomes, Fate::failed).empty()) << summary(outcomes);
  const auto broken = all_with(outcomes, Fate::broken);
  for (const Outcome& each : broken) {
    EXPECT_TRUE(each.begun <= gone && each.ended >= killed) << "it was not in flight: " << summary(outcomes);
  }
  EXPECT_EQ(wrapper.texts("pid").size(), 1u) << "the application was started once";
  EXPECT_EQ(wrapper.count({"process=app"}), 0u);
  const double restarted = ms_to_first_answer(outcomes, killed);
  EXPECT_LT(restarted, kSanitized ? 5000 : 1000);
  std::printf("crash under load: %zu of %zu requests broken, answers again after %.1f ms\n", broken.size(),
              outcomes.size(), restarted);
}

INSTANTIATE_TEST_SUITE_P(All, Crash,
                         ::testing::Values(Row{"Segv", SIGSEGV, 1}, Row{"Kill", SIGKILL, 1},
                                           Row{"SegvOfTwoWorkers", SIGSEGV, 2},
                                           Row{"KillOfTwoWorkers", SIGKILL, 2}),
                         [](const auto& row) { return row.param.name; });

TEST(Crashes, FiveInAMinuteLeaveARelay) {
  support::LeanOrigin shadow;
  Plan plan;
  plan.variables["UMBRA_SHADOWS"] = "http://127.0.0.1:" + std::to_string(shadow.port());
  RunningWrapper wrapper(plan);
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(support::eventually([&] { return shadow.requests() == 1; }));
  for (size_t ends = 0; ends < 5; ++ends) {
    ASSERT_TRUE(wrapper.relays(ends + 1));
    EXPECT_EQ(wrapper.count({"mode=safe"}), 0u) << ends;
    ::kill(wrapper.proxy_pid(), SIGSEGV);
    ASSERT_TRUE(wrapper.logs({"msg=\"exit\"", "process=umbra", "signal 11"}, ends + 1));
  }
  EXPECT_TRUE(wrapper.logs({"level=error", "ended too often", "NOTHING IS COPIED", "mode=safe"}));
  ASSERT_TRUE(wrapper.relays(6));
  EXPECT_TRUE(wrapper.logs({"msg=\"proxy started\"", "mode=safe"}));
  EXPECT_EQ(wrapper.status(), 200u);
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 0);
  EXPECT_EQ(shadow.requests(), 1u) << "only what was copied before";
}

// Every thread of it has been stopped: a signal takes its time.
bool is_stopped(pid_t pid) {
  std::error_code gone;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::string line;
    std::getline(std::ifstream(thread.path() / "stat"), line);
    if (line.find(") T ") == line.npos) return false;
  }
  return true;
}

// What waits in the queue while nobody takes from it is answered by the next proxy.
TEST(Crashes, LetThoseWaitWhoComeMeanwhile) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  ASSERT_TRUE(wrapper.relays());
  const pid_t proxy = wrapper.proxy_pid();
  ::kill(proxy, SIGSTOP);
  ASSERT_TRUE(support::eventually([&] { return is_stopped(proxy); }));
  support::TestClient client(wrapper.port());
  ASSERT_TRUE(client.is_open());
  client.send(request_for("/"));
  ::kill(proxy, SIGKILL);
  EXPECT_EQ(support::status_of(client.read_answer()), 200u);
}

}  // namespace
}  // namespace umbra::wrapper_test
