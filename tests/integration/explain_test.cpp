// What `explain` says becomes of a request is what the proxy makes of it: the copy byte for byte, or the
// counter that says why there is none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <regex>

#include "config/gor_vectors.h"
#include "integration/explain_rows.h"
#include "integration/watcher.h"
#include "support/eventually.h"
#include "support/http_script.h"
#include "support/test_client.h"
#include "umbra/app/fresh_options.h"
#include "umbra/http/framing.h"
#include "umbra/mirror/explanation.h"
#include "umbra/relay/options.h"
#include "umbra/relay/tap.h"

namespace umbra::integration {
namespace {

using mirror::Explanation;
using support::ScriptedOrigin;
using Fate = mirror::Preparation::Fate;

// Both come from it: options as the program makes them of its files.
app::FreshOptions options_of(const std::string& yaml, const std::string& gor) {
  config::Surroundings surroundings;
  surroundings.variable = [](const std::string&) { return std::nullopt; };
  surroundings.file = [&](const std::string& path) -> config::FileText {
    if (path == "umbra.yaml") return Result<std::string>(yaml);
    if (path == "gor.options") return Result<std::string>(gor);
    return std::nullopt;
  };
  config::ProxyFlags flags;
  flags["listen"] = {"127.0.0.1:0"};
  flags["app"] = {"127.0.0.1:1"};
  if (!gor.empty()) flags["gor-options"] = {"gor.options"};
  return app::fresh_options(flags, surroundings);
}

std::string fate_of(const Explanation& explanation) {
  switch (explanation.fate) {
    case Fate::copy:
      return "copy";
    case Fate::filtered:
      return "filtered";
    case Fate::sampled_out:
      return "sampled_out";
    case Fate::dropped:
      break;
  }
  return std::string(name_of(explanation.drop));
}

// In the same words.
std::string fate_of(const metrics::ShadowCounters& shadow) {
  if (shadow.filtered == 1) return "filtered";
  if (shadow.sampled_out == 1) return "sampled_out";
  if (shadow.completed == 1) return "copy";
  const std::string outcome = outcomes(shadow);
  return outcome.starts_with("dropped/") ? outcome.substr(8, outcome.find('=') - 8) : outcome;
}

Explanation explained(const mirror::ShadowOptions& shadow, const std::string& request) {
  http::Head head;
  const std::string head_bytes = request.substr(0, request.find("\r\n\r\n") + 4);
  Opaque reason = Opaque::none;
  EXPECT_EQ(head.parse(http::Side::request, head_bytes, reason), http::Head::Verdict::complete);
  const std::string_view body = std::string_view(request).substr(head_bytes.size());
  return mirror::explain(shadow, {head, relay::kind_of(head), body, "127.0.0.1", 0});
}

struct Proven {
  std::string fate;
  std::string copy;
};

// What a shadow under these options really gets of the request.
Proven proven(config::ProxyOptions options, const std::string& request) {
  ScriptedOrigin app(support::serve_http);
  ScriptedOrigin shadow(support::serve_http);
  options.relay.app = app.address();
  options.log_level = LogLevel::error;
  mirror::ShadowOptions& target = options.mirror.shadows.at(0);
  target.address = shadow.address();
  target.tls.reset();
  support::RunningProxy umbra(std::move(options));
  support::TestClient client(umbra.port());
  EXPECT_TRUE(client.send(request));
  EXPECT_TRUE(support::eventually([&] {
    const auto counters = umbra.shadow();
    return counters.seen == 1 && counters.in_flight == 0;
  })) << outcomes(umbra.shadow());
  const std::string fate = fate_of(umbra.shadow());
  EXPECT_EQ(shadow.connections(), fate == "copy" ? 1U : 0U);
  return {fate, shadow.connections() == 0 ? "" : shadow.record(0).bytes};
}

std::string without_trace_ids(const std::string& copy) {
  static const std::regex ids("(traceparent: 00)-[0-9a-f]{32}-[0-9a-f]{16}-");
  return std::regex_replace(copy, ids, "$1-");
}

class Explain : public ::testing::TestWithParam<ExplainRow> {};

TEST_P(Explain, SaysWhatTheShadowGets) {
  const ExplainRow& row = GetParam();
  const app::FreshOptions fresh =
      options_of(fmt::format("shadows:\n- {{url: 'http://stg.example:8000', name: next{}{}}}\n",
                             row.rules.empty() ? "" : ", ", row.rules),
                 "");
  ASSERT_TRUE(fresh.options) << fresh.problems.at(0);
  const Explanation said = explained(fresh.options->mirror.shadows.at(0), row.request);
  EXPECT_FALSE(said.why.empty());
  EXPECT_EQ(fate_of(said), row.fate) << said.why;
  EXPECT_NE(said.bytes.find(row.holds), std::string::npos) << said.bytes;
  EXPECT_TRUE(row.holds_not.empty() || said.bytes.find(row.holds_not) == std::string::npos) << said.bytes;
  const Proven real = proven(*fresh.options, row.request);
  EXPECT_EQ(real.fate, fate_of(said));
  if (row.random_trace) {
    EXPECT_EQ(without_trace_ids(real.copy), without_trace_ids(said.bytes));
    EXPECT_NE(real.copy, said.bytes) << "ids are drawn";
  } else {
    EXPECT_EQ(real.copy, said.bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(, Explain, ::testing::ValuesIn(explain_rows()),
                         [](const auto& row) { return row.param.name; });

// A vector's request is a head; with the body that it announces.
std::string whole(std::string request) {
  http::Head head;
  Opaque reason = Opaque::none;
  const std::string head_bytes = request.substr(0, request.find("\r\n\r\n") + 4);
  EXPECT_EQ(head.parse(http::Side::request, head_bytes, reason), http::Head::Verdict::complete) << request;
  const size_t body = request.size() - head_bytes.size();
  const http::Framing framing = http::request_framing(head);
  const size_t announced =
      framing.kind == http::Framing::Kind::length ? static_cast<size_t>(framing.length) : 0;
  EXPECT_LE(body, announced) << request;
  return request.append(announced - std::min(body, announced), 'b');
}

void expect_proven(std::span<const config::GorVector> rows) {
  for (const config::GorVector& row : rows) {
    if (row.request.empty() || std::string(row.expected) == "error") continue;
    SCOPED_TRACE(fmt::format("{}: {}", row.id, row.options));
    const bool has_output = row.options.find("--output-http ") != std::string::npos;
    const app::FreshOptions fresh =
        options_of("", (has_output ? "" : "--output-http http://stg.com ") + row.options);
    ASSERT_TRUE(fresh.options) << fresh.problems.at(0);
    const std::string request = whole(row.request);
    const Explanation said = explained(fresh.options->mirror.shadows.at(0), request);
    const Proven real = proven(*fresh.options, request);
    EXPECT_EQ(real.fate, fate_of(said));
    EXPECT_EQ(real.copy, said.bytes);
    EXPECT_EQ(said.fate == Fate::copy, std::string(row.expected) != "drop") << said.why;
  }
}

TEST(ExplainGor, EveryVectorOfTheNewestGor) { expect_proven(config::gor_vectors()); }

TEST(ExplainGor, EveryVectorOfOldGors) { expect_proven(config::gor_legacy_vectors()); }

}  // namespace
}  // namespace umbra::integration
