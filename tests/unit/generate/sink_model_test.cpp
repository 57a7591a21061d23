#include "umbra/generate/sink_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "umbra/generate/sink_model_file.h"

namespace umbra::generate {
namespace {

constexpr uint64_t kDraws = 20'000;

SinkModel model_of(const char* text) {
  const SinkModelFile file = read_sink_model(text, "sink.yaml");
  for (const std::string& problem : file.problems) ADD_FAILURE() << problem;
  return file.model;
}

std::map<unsigned, uint64_t> drawn_statuses(const SinkAnswer& answer, Nanos since, uint64_t seed = 1) {
  std::map<unsigned, uint64_t> counts;
  for (uint64_t i = 0; i < kDraws; ++i) ++counts[draw(answer, Dice(seed, {i}), since).status];
  return counts;
}

void expect_share(uint64_t count, double share) {
  const double n = kDraws;
  EXPECT_NEAR(static_cast<double>(count) / n, share, 4 * std::sqrt(share * (1 - share) / n)) << share;
}

TEST(SinkModel, EveryShareLiesWithinFourSigma) {
  const SinkModel model = model_of("default: {status: {200: 97, 404: 2, 500: 0.99, 503: 0.01}}");
  for (const uint64_t seed : {1U, 2U, 3U}) {
    auto counts = drawn_statuses(model.otherwise, 0, seed);
    expect_share(counts[200], 0.97);
    expect_share(counts[404], 0.02);
    expect_share(counts[500], 0.0099);
    expect_share(counts[503], 0.0001);
    EXPECT_EQ(counts.size(), counts.count(503) + 3U);
  }
}

TEST(SinkModel, ABurstComesAgainAndAgain) {
  const SinkModel model =
      model_of("default: {status: '200:3,404:1', errors: {every: 60s, for: 5s, share: 50%, status: 503}}");
  for (const Nanos quiet : {Nanos{0}, 4 * kSecond, 59 * kSecond, 65 * kSecond, 119 * kSecond}) {
    EXPECT_EQ(drawn_statuses(model.otherwise, quiet).count(503), 0U) << quiet;
  }
  for (const Nanos loud : {60 * kSecond, 64 * kSecond, 65 * kSecond - 1, 120 * kSecond, 600 * kSecond}) {
    auto counts = drawn_statuses(model.otherwise, loud);
    expect_share(counts[503], 0.5);
    expect_share(counts[200], 0.375);
    expect_share(counts[404], 0.125);
  }
}

TEST(SinkModel, ABurstChangesNothingButTheStatus) {
  const SinkModel model = model_of(
      "default: {latency: 'exponential:10ms', size: 'uniform:1-1000', errors: {every: 10s, for: 5s}}");
  for (uint64_t i = 0; i < 100; ++i) {
    const Drawn quiet = draw(model.otherwise, Dice(1, {i}), 0);
    const Drawn loud = draw(model.otherwise, Dice(1, {i}), 10 * kSecond);
    EXPECT_EQ(quiet.status, 200U);
    EXPECT_EQ(loud.status, 503U);
    EXPECT_EQ(quiet.latency, loud.latency);
    EXPECT_EQ(quiet.size, loud.size);
  }
}

TEST(SinkModel, TheFirstRouteThatIsForARequestGetsIt) {
  const SinkModel model = model_of(
      "routes:\n"
      "- {method: GET, path: /orders/new}\n"
      "- {method: GET, path: '/orders/{id}'}\n"
      "- {path: '/orders/*'}\n"
      "- {method: POST, path: '*'}\n");
  EXPECT_EQ(model.find("GET", "/orders/new?x=1"), 0U);
  EXPECT_EQ(model.find("HEAD", "/orders/new"), 0U) << "HEAD is asked of what GET is";
  EXPECT_EQ(model.find("GET", "/orders/7"), 1U);
  EXPECT_EQ(model.find("get", "/orders/7"), 2U) << "methods are compared as written";
  EXPECT_EQ(model.find("DELETE", "/orders/7"), 2U);
  EXPECT_EQ(model.find("POST", "/elsewhere"), 3U);
  EXPECT_EQ(model.find("GET", "/elsewhere"), 4U);
  EXPECT_EQ(&model.answer(4), &model.otherwise);
  EXPECT_EQ(model.name(0), "GET /orders/new");
  EXPECT_EQ(model.name(2), "/orders/*");
  EXPECT_EQ(model.name(4), "default");
}

}  // namespace
}  // namespace umbra::generate
