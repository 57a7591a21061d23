// Where the copies go: by the first place that says it, and the log says which it was.
#include <gtest/gtest.h>

#include <array>

#include "support/eventually.h"
#include "support/lean_origin.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

using support::LeanOrigin;

std::string url_of(const LeanOrigin& shadow) { return "http://127.0.0.1:" + std::to_string(shadow.port()); }

// The places that can name shadows, in their order, each with a shadow of its own.
enum Place : size_t { kFlag, kYaml, kGor, kVariable, kPlaces };

class Copies : public ::testing::TestWithParam<Place> {
 protected:
  void say(Plan& plan, Place place) {
    const std::string url = url_of(shadows_[place]);
    switch (place) {
      case kFlag:
        plan.flags.insert(plan.flags.end(), {"--shadow", url});
        break;
      case kYaml:
        plan.files["config/umbra.yaml"] = "shadows:\n  - name: of-the-file\n    url: " + url + "\n";
        break;
      case kGor:
        plan.files["config/gor.options"] =
            "# the next release\r\n--output-http \\\r\n  '" + url + "'\r\n\r\n--output-http-workers 4\r\n";
        break;
      case kVariable:
        plan.variables["UMBRA_SHADOWS"] = url + "," + url_of(second_);
        break;
      case kPlaces:
        break;
    }
  }

  // Three requests go to the shadow of `place`, and when all is over none has gone to another.
  void expect_copies_at(RunningWrapper& wrapper, Place place) {
    ASSERT_EQ(wrapper.status(), 200u);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(support::status_of(wrapper.get("/")), 200u);
    EXPECT_TRUE(support::eventually([&] { return shadows_[place].requests() == 3; }));
    if (place == kVariable) {
      EXPECT_TRUE(support::eventually([&] { return second_.requests() == 3; }));
    }
    EXPECT_GE(wrapper.count({"msg=\"shadow\"", url_of(shadows_[place])}), 1u);
    wrapper.send(SIGTERM);
    EXPECT_EQ(wrapper.wait_for_end(), 0);
    for (size_t other = 0; other < kPlaces; ++other) {
      if (other == place) continue;
      EXPECT_EQ(shadows_[other].requests(), 0u) << other;
    }
    EXPECT_EQ(wrapper.count({"NOTHING IS COPIED"}), 0u);
  }

  std::array<LeanOrigin, kPlaces> shadows_;
  LeanOrigin second_;
};

TEST_P(Copies, ArriveWhereOnePlaceSays) {
  Plan plan;
  say(plan, GetParam());
  RunningWrapper wrapper(plan);
  expect_copies_at(wrapper, GetParam());
}

TEST_P(Copies, ArriveWhereTheFirstOfThePlacesSays) {
  Plan plan;
  for (size_t place = GetParam(); place < kPlaces; ++place) say(plan, static_cast<Place>(place));
  RunningWrapper wrapper(plan);
  expect_copies_at(wrapper, GetParam());
}

std::string name_of(const ::testing::TestParamInfo<Place>& place) {
  constexpr std::array names{"Flag", "UmbraYaml", "GorOptions", "UmbraShadows"};
  return names[place.param];
}

INSTANTIATE_TEST_SUITE_P(All, Copies, ::testing::Values(kFlag, kYaml, kGor, kVariable), name_of);

TEST(CopiesOfNobody, AreNoFault) {
  RunningWrapper wrapper{Plan{}};
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.count({"level=error"}), 0u);
}

}  // namespace
}  // namespace umbra::wrapper_test
