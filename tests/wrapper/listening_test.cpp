// When the wrapper begins to listen: with the application, not before it.
#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

#include "support/eventually.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

using support::TestClient;

TEST(Listening, BeginsWithTheApplication) {
  Plan plan;
  plan.script = "delay=600";
  RunningWrapper wrapper(plan);
  size_t refused = 0;
  const int64_t deadline = monotonic_ns() + 30'000'000'000;
  while (monotonic_ns() < deadline && !TestClient(plan.port).is_open()) {
    ++refused;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  const int64_t connected = monotonic_ns();
  ASSERT_TRUE(wrapper.reports("listening"));
  const int64_t listening = wrapper.events("listening").front().at;
  EXPECT_GT(refused, 0u);
  EXPECT_GE(connected, listening);
  EXPECT_LT(connected - listening, kSanitized ? 2'000'000'000 : 20'000'000);
  std::printf("from the application's listen() to the first connection: %.1f ms\n",
              static_cast<double>(connected - listening) / 1e6);
  EXPECT_EQ(wrapper.status(), 200u);
}

TEST(Listening, ComesAfterTheWaitToo) {
  Plan plan;
  plan.flags = {"--wait", "100ms"};
  plan.script = "delay=700";
  RunningWrapper wrapper(plan);
  EXPECT_TRUE(wrapper.logs({"level=error", "does not accept connections",
                            "address=127.0.0.1:" + std::to_string(plan.port + 1), "waited=100ms"}));
  EXPECT_TRUE(wrapper.events("listening").empty());
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.count({"does not accept connections"}), 1u);
}

TEST(Listening, MayComeAtOnce) {
  Plan plan;
  plan.flags = {"--listen-at-once"};
  plan.script = "delay=1500";
  RunningWrapper wrapper(plan);
  ASSERT_TRUE(wrapper.accepts());
  EXPECT_EQ(support::status_of(wrapper.get("/")), 502u);
  EXPECT_TRUE(wrapper.events("listening").empty());
  EXPECT_TRUE(support::eventually([&] { return support::status_of(wrapper.get("/")) == 200; }));
}

struct Place {
  const char* name;
  std::vector<std::string> flags;
  const char* script;
};

class ListeningFor : public ::testing::TestWithParam<Place> {};

TEST_P(ListeningFor, AnApplicationThatListensElsewhere) {
  Plan plan;
  plan.flags = GetParam().flags;
  plan.script = GetParam().script;
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
}

INSTANTIATE_TEST_SUITE_P(All, ListeningFor,
                         ::testing::Values(Place{"IPv6Only", {}, "host=::1"},
                                           Place{"Loopback", {}, "host=127.0.0.1"},
                                           Place{"UnixSocket", {"--app", "unix:app.sock"}, "unix=app.sock"},
                                           Place{"AFreePort", {"--app-port", "auto"}, ""}),
                         [](const auto& place) { return place.param.name; });

TEST(Listening, IsOnBothFamilies) {
  RunningWrapper wrapper{Plan{}};
  ASSERT_EQ(wrapper.status(), 200u);
  EXPECT_FALSE(can_bind(wrapper.port())) << "[::] and 0.0.0.0 in one";
}

}  // namespace
}  // namespace umbra::wrapper_test
