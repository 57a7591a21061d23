#include "wrapper/environment.h"

#include <gtest/gtest.h>

namespace umbra::wrapper {
namespace {

TEST(Environment, IsChangedForAnother) {
  std::string port = "PORT=1", portal = "PORTAL=x", empty = "EMPTY=", equals = "E=a=b", odd = "ODD";
  char* entries[] = {port.data(), portal.data(), empty.data(), equals.data(), odd.data(), nullptr};
  Environment environment(entries);
  EXPECT_EQ(environment.get("PORT"), "1");
  EXPECT_EQ(environment.get("EMPTY"), "");
  EXPECT_EQ(environment.get("E"), "a=b");
  EXPECT_EQ(environment.get("ODD"), std::nullopt) << "it has no value";
  EXPECT_EQ(environment.get("POR"), std::nullopt);
  environment.set("PORT", "2");
  environment.remove("E");
  EXPECT_EQ(environment.entries(), (std::vector<std::string>{"PORTAL=x", "EMPTY=", "ODD", "PORT=2"}));
  environment.remove_all("PORT");
  EXPECT_EQ(environment.entries(), (std::vector<std::string>{"EMPTY=", "ODD"}));
}

}  // namespace
}  // namespace umbra::wrapper
