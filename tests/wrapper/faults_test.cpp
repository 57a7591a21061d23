// Whatever is wrong with umbra, the application runs and is reached, and the log says loudly what it was.
#include <gtest/gtest.h>

#include <csignal>

#include "support/lean_origin.h"
#include "wrapper/running_wrapper.h"

namespace umbra::wrapper_test {
namespace {

struct Row {
  const char* name;
  std::vector<std::string> flags;
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;
  std::vector<std::string> directories;
  std::vector<std::string> said;  // in lines of level error
};

const Row kRows[] = {
    {"YamlThatIsNone",
     {},
     {},
     {{"config/umbra.yaml", "shadows:\n  - url: [\n"}},
     {},
     {"config/umbra.yaml:3"}},
    {"AnUnknownKey", {}, {}, {{"config/umbra.yaml", "workers: 1\nshadow: x\n"}}, {}, {"config/umbra.yaml:2"}},
    {"ADirectoryForAFile", {}, {}, {}, {"config/umbra.yaml"}, {"config/umbra.yaml"}},
    {"ADirectoryForGorOptions", {}, {}, {}, {"config/gor.options"}, {"config/gor.options"}},
    {"ABadGorOption",
     {},
     {},
     {{"config/gor.options", "--output-http http://127.0.0.1:9\n--output-http-timeout soon\n"}},
     {},
     {"config/gor.options:2", "soon"}},
    {"AWrongFlag", {"--workrs", "2"}, {}, {}, {}, {"--workrs"}},
    {"AFlagWithoutItsValue", {"--shadow"}, {}, {}, {}, {"shadow"}},
    {"AWrongVariable", {}, {{"UMBRA_WORKERS", "abc"}}, {}, {}, {"UMBRA_WORKERS", "abc"}},
    {"AFileThatIsNamedAndMissing", {"--config", "none.yaml"}, {}, {}, {}, {"none.yaml"}},
    {"ACertificateOfAShadowThatIsMissing",
     {},
     {},
     {{"config/umbra.yaml",
       "shadows:\n  - url: https://127.0.0.1:9\n    tls:\n      ca_file: missing.pem\n"}},
     {},
     {"missing.pem"}},
};

void expect_said(const RunningWrapper& wrapper, const std::vector<std::string>& said) {
  for (const std::string& part : said) {
    EXPECT_GE(wrapper.count({"level=error", "source=umbra", part}), 1u) << part;
  }
}

class Fault : public ::testing::TestWithParam<Row> {};

TEST_P(Fault, OfTheConfigurationLeavesARelay) {
  support::LeanOrigin shadow;
  Plan plan;
  plan.flags = GetParam().flags;
  plan.files = GetParam().files;
  plan.directories = GetParam().directories;
  plan.variables = GetParam().variables;
  plan.variables["UMBRA_SHADOWS"] = "http://127.0.0.1:" + std::to_string(shadow.port());
  plan.script = "status=3";
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
  expect_said(wrapper, GetParam().said);
  EXPECT_GE(wrapper.count({"level=error", "NOTHING IS COPIED"}), 1u);
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 3);
  EXPECT_EQ(shadow.requests(), 0u);
  EXPECT_EQ(wrapper.count({"msg=\"proxy started\"", "mode=full"}), 0u);
  EXPECT_TRUE(wrapper.leaves_nobody());
}

INSTANTIATE_TEST_SUITE_P(All, Fault, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// What only shows when the proxy opens it, and only watches.
TEST(FaultAtTheStart, AnAdminPortThatIsTakenEndsNoCopies) {
  const uint16_t port = free_port_pair();
  const TakenPort taken(port);
  Plan plan;
  plan.flags = {"--admin", "127.0.0.1:" + std::to_string(port)};
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_TRUE(wrapper.logs({"level=error", "goes on without it", "--admin", std::to_string(port)}));
  EXPECT_TRUE(wrapper.logs({"msg=\"proxy started\"", "mode=full"}));
  EXPECT_EQ(wrapper.count({"NOTHING IS COPIED"}), 0u);
}

struct Unusable {
  const char* name;
  std::string umbra;
  const char* text;  // of the file
};

class WithoutUmbra : public ::testing::TestWithParam<Unusable> {};

TEST_P(WithoutUmbra, TheApplicationRunsAlone) {
  Plan plan;
  plan.flags = {"--umbra", GetParam().umbra};
  plan.files["plain"] = "no program";
  plan.files["broken"] = "#!/bin/sh\necho cannot open shared object file >&2\nexit 127\n";
  plan.files["crashing"] = "#!/bin/sh\nkill -SEGV $$\n";
  plan.arguments = {"-p", std::to_string(plan.port), "$PORT"};
  plan.script = "status=3";
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.app_pid(), wrapper.pid()) << "in the wrapper's place";
  EXPECT_EQ(wrapper.texts("listening"), std::vector{std::to_string(plan.port)});
  EXPECT_EQ(wrapper.texts("argument"),
            (std::vector<std::string>{"-p", std::to_string(plan.port), std::to_string(plan.port)}));
  EXPECT_EQ(wrapper.count({"level=error", "runs without it", "NOTHING IS COPIED"}), 1u);
  EXPECT_GE(wrapper.count({"level=error", GetParam().text}), 1u);
  wrapper.send(SIGTERM);
  EXPECT_EQ(wrapper.wait_for_end(), 3);
  EXPECT_EQ(wrapper.signals(SIGTERM), 1u) << "no signal is blocked or swallowed";
}

INSTANTIATE_TEST_SUITE_P(All, WithoutUmbra,
                         ::testing::Values(Unusable{"Missing", "/nonexistent/umbra", "/nonexistent/umbra"},
                                           Unusable{"NotExecutable", "./plain", "./plain"},
                                           Unusable{"WithoutALibrary", "./broken", "shared object"},
                                           Unusable{"Crashing", "./crashing", "signal 11"}),
                         [](const auto& row) { return row.param.name; });

TEST(UmbraOff, TheApplicationRunsAlone) {
  Plan plan;
  plan.variables["UMBRA_OFF"] = "1";
  plan.arguments = {"-p", "$PORT", std::to_string(plan.port)};
  RunningWrapper wrapper(plan);
  EXPECT_EQ(wrapper.status(), 200u);
  EXPECT_EQ(wrapper.app_pid(), wrapper.pid());
  const std::string port = std::to_string(plan.port);
  EXPECT_EQ(wrapper.texts("argument"), (std::vector<std::string>{"-p", port, port}));
  EXPECT_EQ(wrapper.log(), "") << "as if it had never been there";
}

}  // namespace
}  // namespace umbra::wrapper_test
