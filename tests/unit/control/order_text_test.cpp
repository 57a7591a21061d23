#include "umbra/control/order_text.h"

#include <gtest/gtest.h>

namespace umbra::control {
namespace {

TEST(OrderText, Orders) {
  struct Row {
    std::string_view json;
    std::optional<bool> paused;
    bool sets_percent;
    std::optional<uint32_t> percent;
  };
  for (const Row& row : {
           Row{R"({"paused":true})", true, false, std::nullopt},
           Row{R"({"paused":false})", false, false, std::nullopt},
           Row{R"({"percent":5})", std::nullopt, true, 500},
           Row{R"({"percent":0})", std::nullopt, true, 0},
           Row{R"({"percent":-0.0})", std::nullopt, true, 0},
           Row{R"({"percent":100})", std::nullopt, true, 10'000},
           Row{R"({"percent":0.07})", std::nullopt, true, 7},
           Row{R"({"percent":99.99})", std::nullopt, true, 9'999},
           Row{R"({"percent":1e1})", std::nullopt, true, 1'000},
           Row{R"({"percent":null})", std::nullopt, true, std::nullopt},
           Row{" {\n\"percent\": 2.5, \"paused\": false }\n", false, true, 250},
       }) {
    const auto order = parse_order(row.json);
    ASSERT_TRUE(order) << row.json << ": " << order.error().detail;
    EXPECT_EQ(order->paused, row.paused) << row.json;
    EXPECT_EQ(order->sets_percent, row.sets_percent) << row.json;
    EXPECT_EQ(order->percent, row.percent) << row.json;
    EXPECT_EQ(order->shadow, std::nullopt) << row.json;
  }
}

// Every step of 0.01 there is.
TEST(OrderText, EveryHundredthIsExact) {
  for (uint32_t hundredths = 0; hundredths <= 10'000; ++hundredths) {
    std::string digits = std::to_string(hundredths % 100);
    if (digits.size() == 1) digits.insert(0, "0");
    const std::string json = R"({"percent":)" + std::to_string(hundredths / 100) + "." + digits + "}";
    const auto order = parse_order(json);
    ASSERT_TRUE(order) << json;
    ASSERT_EQ(order->percent, hundredths) << json;
  }
}

TEST(OrderText, ErrorsNameTheMemberAndWhatIsExpected) {
  const std::string percent =
      "percent: a number from 0 to 100 in steps of 0.01 is expected, or null for what is configured";
  const std::string object =
      R"(a JSON object with paused, percent or both is expected, such as {"paused": true})";
  struct Row {
    std::string json;
    std::string error;
  };
  for (const Row& row : {
           Row{"", object},
           Row{"{", object},
           Row{"{}", object},
           Row{"[]", object},
           Row{"null", object},
           Row{"true", object},
           Row{R"({"paused":true} x)", object},
           Row{R"({"paused":True})", object},
           Row{R"({"percent":1e999})", object},
           Row{"{\"paused\xff\":true}", object},
           Row{std::string(60'000, '['), object},
           Row{std::string(30'000, '[') + std::string(30'000, ']'), object},
           Row{R"({"paused":1})", "paused: true or false is expected"},
           Row{R"({"paused":"true"})", "paused: true or false is expected"},
           Row{R"({"paused":null})", "paused: true or false is expected"},
           Row{R"({"percent":"5"})", percent},
           Row{R"({"percent":true})", percent},
           Row{R"({"percent":[5]})", percent},
           Row{R"({"percent":-1})", percent},
           Row{R"({"percent":100.01})", percent},
           Row{R"({"percent":0.005})", percent},
           Row{R"({"percent":12.345})", percent},
           Row{R"({"percent":1e300})", percent},
           Row{R"({"Paused":true})", "Paused: unknown member; paused or percent is expected"},
           Row{R"({"paused":true,"weight":3})", "weight: unknown member; paused or percent is expected"},
           Row{R"({"":true})", ": unknown member; paused or percent is expected"},
           Row{R"({"paused":true,"paused":false})", "paused: once is expected"},
           Row{R"({"paused":true,"percent":1,"percent":2})", "percent: once is expected"},
           Row{"{\"" + std::string(1'000, 'x') + "\":1}",
               std::string(40, 'x') + ": unknown member; paused or percent is expected"},
       }) {
    const auto order = parse_order(row.json);
    ASSERT_FALSE(order) << row.json.substr(0, 60);
    EXPECT_EQ(order.error().detail, row.error) << row.json.substr(0, 60);
  }
}

// A nested member of a known name is no second one.
TEST(OrderText, OnlyTheOutermostMembersCount) {
  EXPECT_EQ(parse_order(R"({"percent":{"percent":1}})").error().detail.substr(0, 8), "percent:");
}

}  // namespace
}  // namespace umbra::control
