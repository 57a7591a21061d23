#include "umbra/generate/sink_answers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "umbra/generate/sink_model_file.h"
#include "umbra/generate/sink_summary.h"

namespace umbra::generate {
namespace {

std::shared_ptr<const SinkModel> model_of(const std::string& text) {
  SinkModelFile file = read_sink_model(text, "sink.yaml");
  for (const std::string& problem : file.problems) ADD_FAILURE() << problem;
  return std::make_shared<SinkModel>(std::move(file.model));
}

constexpr const char* kTwoRoutes =
    "routes:\n"
    "- {path: /a, status: '200:1,500:1', latency: 'uniform:0-1s', size: 'uniform:0-1000'}\n"
    "- {path: /b, status: '200:1,500:1', latency: 'uniform:0-1s', size: 'uniform:0-1000'}\n";

SinkReply asked(SinkAnswers& answers, const std::string& target, const std::string& method = "GET") {
  http::Head head;
  Opaque reason = Opaque::none;
  const std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(head.parse(http::Side::request, bytes, reason), http::Head::Verdict::complete);
  SinkReply reply = answers.begin(head);
  answers.draw(reply, 0);
  return reply;
}

using Drawings = std::vector<std::tuple<unsigned, Nanos, uint64_t>>;

Drawings drawings(SinkAnswers& answers, const std::string& target, size_t count) {
  Drawings all;
  for (size_t i = 0; i < count; ++i) {
    const SinkReply reply = asked(answers, target);
    all.emplace_back(reply.status, reply.due, reply.size);
  }
  return all;
}

TEST(SinkAnswers, TheSameRequestsInTheSameOrderGetTheSame) {
  const auto model = model_of(kTwoRoutes);
  SinkAnswers one(model, 7, 0, 0);
  SinkAnswers same(model, 7, 0, 0);
  const Drawings first = drawings(one, "/a", 50);
  EXPECT_EQ(first, drawings(same, "/a", 50));
  SinkAnswers other_seed(model, 8, 0, 0);
  EXPECT_NE(first, drawings(other_seed, "/a", 50));
  SinkAnswers other_thread(model, 7, 1, 0);
  EXPECT_NE(first, drawings(other_thread, "/a", 50));
}

TEST(SinkAnswers, WhatComesToOtherRoutesChangesNothing) {
  const auto model = model_of(kTwoRoutes);
  SinkAnswers alone(model, 7, 0, 0);
  SinkAnswers busy(model, 7, 0, 0);
  const Drawings of_a = drawings(alone, "/a", 50);
  Drawings with_others;
  for (size_t i = 0; i < 50; ++i) {
    const Drawings of_b = drawings(busy, "/b", i % 3);
    const Drawings one = drawings(busy, "/a", 1);
    with_others.insert(with_others.end(), one.begin(), one.end());
  }
  EXPECT_EQ(of_a, with_others);
  EXPECT_NE(of_a, drawings(alone, "/b", 50)) << "each route draws from a stream of its own";
}

std::string written(const std::string& answer, const std::string& method = "GET", bool close = false) {
  SinkAnswers answers(model_of("default: {" + answer + "}"), 1, 0, 0);
  std::string out;
  for (const Slice& slice : answers.write(asked(answers, "/", method), close, out)) out += slice.view();
  return out;
}

TEST(SinkAnswers, TheBytesOfAnAnswer) {
  EXPECT_EQ(written(""), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n200 OK\n");
  EXPECT_EQ(written("", "HEAD"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(
      written("", "GET", true),
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n200 "
      "OK\n");
  EXPECT_EQ(written("status: 599"),
            "HTTP/1.1 599 Status\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n599 Status\n");
  EXPECT_EQ(written("body: '{}', headers: {content-type: application/json, X-A: b}"),
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(written("size: 0"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
}

TEST(SinkAnswers, StatusesWithoutABodyHaveNone) {
  EXPECT_EQ(written("status: 204, size: 5"), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(written("status: 304, body: abc, headers: {ETag: x}"),
            "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n");
  EXPECT_EQ(written("status: 205, size: 5"), "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
}

TEST(SinkAnswers, BodiesOfAnySizeAreWhole) {
  for (const size_t size : {1UL, 100UL, 16'384UL, 16'385UL, 65'536UL, 65'537UL, 1'000'000UL}) {
    const std::string all = written("size: " + std::to_string(size));
    const size_t head = all.find("\r\n\r\n") + 4;
    EXPECT_EQ(all.size() - head, size);
    EXPECT_NE(all.find("Content-Length: " + std::to_string(size) + "\r\n"), all.npos);
    EXPECT_EQ(written("size: " + std::to_string(size), "HEAD"), all.substr(0, head));
  }
  const std::string text(100'000, 'b');
  EXPECT_TRUE(written("body: " + text).ends_with("\r\n\r\n" + text));
}

TEST(SinkAnswers, TheSummarySaysWhatEachRouteWasAskedAndAnswered) {
  const auto model = model_of(
      "routes:\n- {method: GET, path: /a, status: 404, latency: 10ms}\n- {path: /never}\ndefault: {latency: "
      "1ms}\n");
  SinkAnswers answers(model, 1, 0, 0);
  std::string out;
  for (int i = 0; i < 3; ++i) answers.write(asked(answers, "/a"), false, out);
  answers.write(asked(answers, "/b"), false, out);
  answers.drop(asked(answers, "/b"));
  answers.write(answers.refuse(400, 0), true, out);
  SinkOutcome outcome;
  outcome.elapsed = 2 * kSecond;
  outcome.tally.add(answers.tally());
  EXPECT_EQ(outcome.tally.requests(), outcome.tally.answered() + outcome.tally.unanswered);
  outcome.tally.add(answers.tally());
  const auto json = nlohmann::json::parse(sink_summary_json(*model, 9, outcome));
  EXPECT_EQ(json["seed"], 9);
  EXPECT_EQ(json["seconds"], 2.0);
  EXPECT_EQ(json["requests"], nlohmann::json({{"asked", 10}, {"answered", 8}, {"unanswered", 2}}));
  EXPECT_EQ(json["refused"], 2);
  ASSERT_EQ(json["routes"].size(), 3U);
  EXPECT_EQ(json["routes"][0]["route"], "GET /a");
  EXPECT_EQ(json["routes"][0]["statuses"], nlohmann::json({{"404", 6}}));
  EXPECT_EQ(json["routes"][0]["latency"]["count"], 6);
  EXPECT_EQ(json["routes"][0]["latency"]["p50"], 0.01);
  EXPECT_EQ(json["routes"][1]["requests"], 0);
  EXPECT_EQ(json["routes"][2]["route"], "default");
  const std::string text = sink_summary_text(*model, 9, outcome);
  EXPECT_NE(text.find("8 answered, 2 unanswered, 2 refused"), text.npos) << text;
  EXPECT_NE(text.find("GET /a           6 requests:  404 6\n"), text.npos) << text;
  EXPECT_NE(text.find("p50 10.0 ms"), text.npos) << text;
  EXPECT_EQ(text.find("/never"), text.npos) << text;
}

}  // namespace
}  // namespace umbra::generate
