#include "umbra/generate/sink_model_file.h"

#include <gtest/gtest.h>

namespace umbra::generate {
namespace {

std::vector<std::string> problems(const std::string& text) {
  return read_sink_model(text, "s.yaml").problems;
}

std::string problem(const std::string& text) {
  const auto all = problems(text);
  EXPECT_EQ(all.size(), 1U) << text;
  return all.empty() ? "" : all.front();
}

TEST(SinkModelFile, EverythingThatMayStandThere) {
  const SinkModelFile file = read_sink_model(
      "routes:\n"
      "  - method: POST\n"
      "    path: /api/orders/{id}\n"
      "    status: {201: 97, 503: 3}\n"
      "    latency: lognormal:p50=10ms,p99=80ms\n"
      "    body: '{\"ok\":true}'\n"
      "    headers: {Content-Type: application/json, X-Empty: ''}\n"
      "    errors: {every: 60s, for: 5s, share: 50%, status: 500}\n"
      "  - path: /static/*\n"
      "    size: uniform:1KiB-20KiB\n"
      "default:\n"
      "  status: 404\n"
      "  latency: 5ms\n",
      "s.yaml");
  EXPECT_EQ(file.problems, std::vector<std::string>());
  ASSERT_EQ(file.model.routes.size(), 2U);
  const SinkRoute& route = file.model.routes[0];
  EXPECT_EQ(route.method, "POST");
  EXPECT_EQ(route.path.text(), "/api/orders/{id}");
  EXPECT_EQ(route.answer.statuses.draw(0.98), 503U);
  EXPECT_EQ(route.answer.body, "{\"ok\":true}");
  ASSERT_EQ(route.answer.headers.size(), 2U);
  EXPECT_EQ(route.answer.headers[0], std::pair(std::string("Content-Type"), std::string("application/json")));
  ASSERT_TRUE(route.answer.errors);
  EXPECT_EQ(route.answer.errors->every, 60 * kSecond);
  EXPECT_EQ(route.answer.errors->length, 5 * kSecond);
  EXPECT_EQ(route.answer.errors->share, 0.5);
  EXPECT_EQ(route.answer.errors->status, 500U);
  EXPECT_EQ(file.model.routes[1].method, "");
  EXPECT_TRUE(file.model.routes[1].answer.size);
  EXPECT_EQ(file.model.otherwise.statuses.draw(0.5), 404U);
  Dice dice(1, {});
  EXPECT_EQ(file.model.otherwise.latency.draw(dice), 5 * kMillisecond);
}

TEST(SinkModelFile, AnEmptyOneIsTheDefault) {
  for (const char* text : {"", "# nothing\n", "---\n", "{}", "routes: []\n"}) {
    const SinkModelFile file = read_sink_model(text, "s.yaml");
    EXPECT_TRUE(file.problems.empty()) << text;
    EXPECT_TRUE(file.model.routes.empty());
  }
}

TEST(SinkModelFile, AnchorsMayBeUsed) {
  const SinkModelFile file =
      read_sink_model("routes:\n- {path: /a, status: &s {500: 1}}\n- {path: /b, status: *s}\n", "s.yaml");
  ASSERT_TRUE(file.problems.empty());
  EXPECT_EQ(file.model.routes[1].answer.statuses.draw(0), 500U);
}

TEST(SinkModelFile, UnknownKeysAreNamedWithTheirPlaceAndWhatIsMeant) {
  EXPECT_EQ(problem("rutes: []\n"),
            "s.yaml:1:1: rutes: is not known; a key that is known is expected (did you mean routes?)");
  EXPECT_EQ(
      problem("routes:\n  - path: /a\n    latncy: 5ms\n"),
      "s.yaml:3:5: routes[0].latncy: is not known; a key that is known is expected (did you mean latency?)");
  EXPECT_EQ(problem("default: {qqqqqq: 1}\n"),
            "s.yaml:1:11: default.qqqqqq: is not known; a key that is known is expected");
  EXPECT_EQ(problem("default: {path: /a}\n"),
            "s.yaml:1:11: default.path: is not known; a key that is known is expected");
  EXPECT_EQ(problem("default:\n  errors: {every: 5s, for: 1s, shares: 3%}\n"),
            "s.yaml:2:32: default.errors.shares: is not known; a key that is known is expected (did you mean "
            "share?)");
}

TEST(SinkModelFile, WrongValuesAreNamedWithTheirPlace) {
  EXPECT_EQ(problem("default:\n  status: 700\n"),
            "s.yaml:2:11: default.status: '700': a status from 200 to 599 is expected");
  EXPECT_EQ(problem("default:\n  status: {200: many}\n"),
            "s.yaml:2:17: default.status.200: 'many': a share such as 97 or 0.5 is expected");
  EXPECT_EQ(problem("default:\n  status: {2xx: 1}\n"),
            "s.yaml:2:17: default.status.2xx: a status from 200 to 599 is expected");
  EXPECT_EQ(problem("default: {status: {200: 0}}\n"),
            "s.yaml:1:19: default.status: a share above 0 is expected");
  EXPECT_EQ(problem("default: {headers: {Content-Length: 5}}\n"),
            "s.yaml:1:37: default.headers.Content-Length: a header's name is expected, of one that does not "
            "frame the message");
  EXPECT_EQ(problem("default: {headers: {X-A: \"a\\nb\"}}\n"),
            "s.yaml:1:26: default.headers.X-A: 'a\\u000ab': a line of text is expected");
  EXPECT_EQ(problem("routes: [{path: /a, method: get}]\n"),
            "s.yaml:1:29: routes[0].method: 'get': a method in upper case, such as GET, is expected");
  EXPECT_EQ(problem("default: {errors: {every: 60s, for: 5s, share: 0.5}}\n"),
            "s.yaml:1:48: default.errors.share: '0.5': a percentage from 0% to 100% is expected");
}

TEST(SinkModelFile, FaultsOfEveryKind) {
  for (const char* text : {
           "routes: {a: b}\n",
           "routes: 5\n",
           "routes: [5]\n",
           "routes: [~]\n",
           "- a\n",
           "text\n",
           "default: ~\n",
           "default: {latency: }\n",
           "default: {latency: [5ms]}\n",
           "default: {latency: 5}\n",
           "default: {size: 5ms}\n",
           "default: {size: 20MiB}\n",
           "default: {body: [a]}\n",
           "default: {body: a, size: 5}\n",
           "default: {status: [200]}\n",
           "default: {status: {}}\n",
           "default: {headers: [a]}\n",
           "default: {headers: {'a b': c}}\n",
           "default: {headers: {Transfer-Encoding: chunked}}\n",
           "default: {headers: {X: ' a'}}\n",
           "default: {errors: 5}\n",
           "default: {errors: {}}\n",
           "default: {errors: {every: 5s}}\n",
           "default: {errors: {every: 5s, for: 6s}}\n",
           "default: {errors: {every: 5s, for: 0s}}\n",
           "default: {errors: {every: 5s, for: 1s, share: 101%}}\n",
           "default: {errors: {every: 5s, for: 1s, status: 100}}\n",
           "routes: [{method: GET}]\n",
           "routes: [{path: a}]\n",
           "routes: [{path: '/a*b'}]\n",
           "default: {status: 200}\ndefault: {status: 200}\n",
           "default: {? [a] : b}\n",
           "default: {<<: {status: 200}}\n",
           "default: {status: *unknown}\n",
           "a: [\n",
           "default: {}\n---\ndefault: {}\n",
           "default: {body: \"a\"}\n\x04",
       }) {
    const auto all = problems(text);
    EXPECT_EQ(all.size(), 1U) << text;
    for (const std::string& one : all) EXPECT_TRUE(one.starts_with("s.yaml:")) << one;
  }
}

TEST(SinkModelFile, AllProblemsAreFoundAtOnceButNotWithoutEnd) {
  EXPECT_EQ(problems("routes:\n- {path: a, latency: b}\n- {pathh: /c}\n").size(), 4U);
  std::string text = "routes:\n";
  for (int i = 0; i < 200; ++i) text += "- {path: a}\n";
  EXPECT_EQ(problems(text).size(), SinkModelFile::kProblemsMax);
}

TEST(SinkModelFile, HugeOnesAreRefused) {
  EXPECT_EQ(problem(std::string(SinkModelFile::kTextMax + 1, '#')),
            "s.yaml:1:1: a file of at most 1 MiB is expected");
  std::string text = "routes:\n";
  for (size_t i = 0; i <= SinkModel::kRoutesMax; ++i) text += "- {path: /a}\n";
  EXPECT_EQ(problem(text), "s.yaml:2:1: routes: at most 256 routes are expected");
  EXPECT_EQ(problems("default: " + std::string(100'000, '[')).size(), 1U);
}

}  // namespace
}  // namespace umbra::generate
