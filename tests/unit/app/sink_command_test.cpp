#include "umbra/app/sink_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "umbra/generate/sink_model_file.h"

namespace umbra::app {
namespace {

using Words = std::vector<std::string>;

SinkArguments sound(const Words& words) {
  auto arguments = parse_sink_arguments(words);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().detail);
  return arguments ? *arguments : SinkArguments{};
}

std::string fault(const Words& words) {
  const auto arguments = parse_sink_arguments(words);
  return arguments ? "" : arguments.error().detail;
}

generate::Drawn drawn(const SinkArguments& arguments) {
  return generate::draw(arguments.options.model->otherwise, generate::Dice(1, {}), 0);
}

class ModelFile {
 public:
  explicit ModelFile(const std::string& text) {
    std::string pattern = ::testing::TempDir() + "umbra-sink-XXXXXX";
    const int fd = ::mkstemp(pattern.data());
    EXPECT_GE(fd, 0);
    ::close(fd);
    name_ = pattern;
    std::ofstream(name_) << text;
  }
  ~ModelFile() { ::unlink(name_.c_str()); }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

TEST(SinkCommand, Defaults) {
  const SinkArguments arguments = sound({});
  ASSERT_EQ(arguments.options.listen.size(), 1U);
  EXPECT_EQ(arguments.options.listen[0].text(), "localhost:5000");
  EXPECT_EQ(arguments.options.threads, 1U);
  EXPECT_TRUE(arguments.options.model->routes.empty());
  EXPECT_EQ(drawn(arguments).status, 200U);
  EXPECT_EQ(drawn(arguments).latency, 0U);
  EXPECT_TRUE(arguments.json.empty());
  EXPECT_FALSE(arguments.quiet);
  EXPECT_NE(arguments.options.seed, sound({}).options.seed) << "drawn anew";
}

TEST(SinkCommand, EveryFlag) {
  const SinkArguments arguments =
      sound({"--listen", ":5001", "--listen=unix:/tmp/x.sock", "--status", "503", "--latency", "5ms",
             "--size", "128", "--seed", "7", "--threads", "3", "--json", "-", "--quiet"});
  ASSERT_EQ(arguments.options.listen.size(), 2U);
  EXPECT_EQ(arguments.options.listen[0].text(), ":5001");
  EXPECT_EQ(arguments.options.listen[1].text(), "unix:/tmp/x.sock");
  EXPECT_EQ(drawn(arguments).status, 503U);
  EXPECT_EQ(drawn(arguments).latency, 5 * kMillisecond);
  EXPECT_EQ(drawn(arguments).size, 128U);
  EXPECT_EQ(arguments.options.seed, 7U);
  EXPECT_EQ(arguments.options.threads, 3U);
  EXPECT_EQ(arguments.json, "-");
  EXPECT_TRUE(arguments.quiet);
  EXPECT_TRUE(sound({"--help"}).help);
  EXPECT_TRUE(sound({"-h"}).help);
}

TEST(SinkCommand, EveryLatencyThatTheHelpNames) {
  for (const char* latency :
       {"5ms", "uniform:1ms-20ms", "normal:20ms,5ms", "exponential:10ms", "lognormal:p50=10ms,p99=80ms"}) {
    EXPECT_NE(sink_help().find(latency), std::string::npos) << latency;
    EXPECT_GT(drawn(sound({"--latency", latency})).latency, 0U) << latency;
  }
}

TEST(SinkCommand, FlagsWinOverTheModelsDefault) {
  const ModelFile file(
      "routes: [{path: /a, status: 201}]\ndefault: {status: 404, latency: 1s, body: text, headers: {X: "
      "y}}\n");
  const SinkArguments plain = sound({"--model", file.name()});
  EXPECT_EQ(drawn(plain).status, 404U);
  EXPECT_EQ(plain.options.model->otherwise.body, "text");
  const SinkArguments changed = sound({"--model", file.name(), "--status", "500", "--size", "9"});
  EXPECT_EQ(drawn(changed).status, 500U);
  EXPECT_EQ(drawn(changed).latency, kSecond);
  EXPECT_EQ(drawn(changed).size, 9U);
  EXPECT_FALSE(changed.options.model->otherwise.body);
  ASSERT_EQ(changed.options.model->routes.size(), 1U);
  EXPECT_EQ(changed.options.model->routes[0].answer.statuses.draw(0), 201U);
}

TEST(SinkCommand, WhatIsWrongIsNamed) {
  EXPECT_EQ(fault({"--seed", "x"}), "--seed 'x': a number from 0 to 9223372036854775807 is expected");
  EXPECT_EQ(fault({"--threads", "0"}), "--threads '0': a number from 1 to 256 is expected");
  EXPECT_EQ(fault({"--status", "200:97,404"}),
            "--status '200:97,404': a list such as 200:97,404:2,500:1 is expected");
  EXPECT_EQ(fault({"--model", "/nonexistent/model"}),
            "--model '/nonexistent/model': a file that can be read is expected");
  EXPECT_TRUE(fault({"--latency", "5"}).starts_with("--latency '5': 5ms, uniform:1ms-20ms"))
      << fault({"--latency", "5"});
  EXPECT_TRUE(fault({"--size", "5ms"}).starts_with("--size '5ms': 128, uniform:"))
      << fault({"--size", "5ms"});
  EXPECT_TRUE(fault({"--listen", "x"}).starts_with("--listen 'x': ")) << fault({"--listen", "x"});
  EXPECT_EQ(fault({"--latncy", "5ms"}), "unknown flag '--latncy': --latency is expected");
  EXPECT_EQ(fault({"--zzzz"}), "unknown flag '--zzzz': one that umbra sink --help lists is expected");
  EXPECT_EQ(fault({"5000"}), "'5000': a flag is expected, such as --listen :5000");
  EXPECT_NE(fault({"--model"}), "");
}

TEST(SinkCommand, EveryProblemOfTheModelIsALine) {
  const ModelFile file("routes:\n- {path: a}\n- {path: /b, latncy: 5ms}\n");
  EXPECT_EQ(
      fault({"--model", file.name()}),
      file.name() +
          ":2:10: routes[0].path: 'a': a path such as /api/orders, /api/* or /api/orders/{id}, each {name} "
          "a whole segment, is expected\n" +
          file.name() +
          ":3:14: routes[1].latncy: is not known; a key that is known is expected (did you mean latency?)");
}

TEST(SinkCommand, TheModelOfThePageIsSound) {
  std::ifstream page(UMBRA_SOURCE_DIR "/docs/sink.md");
  const std::string text(std::istreambuf_iterator<char>(page), {});
  const size_t begin = text.find("```yaml\n") + 8;
  const auto file = generate::read_sink_model(text.substr(begin, text.find("```", begin) - begin), "sink.md");
  EXPECT_EQ(file.problems, Words());
  EXPECT_EQ(file.model.routes.size(), 2U);
}

}  // namespace
}  // namespace umbra::app
