#include "umbra/config/gor_options.h"

#include <gtest/gtest.h>

#include "config/gor_run.h"
#include "umbra/config/gor_flags.h"

namespace umbra::config {
namespace {

using rules::Host;
using Severity = GorProblem::Severity;

mirror::ShadowOptions shadow_of(const std::string& text) {
  const GorOptions options = gor_options_of(text);
  EXPECT_EQ(options.shadows.size(), 1U) << text << "\n" << problems_of(options);
  return options.shadows.empty() ? mirror::ShadowOptions() : options.shadows.front();
}

TEST(GorOptions, TheReadmesFile) {
  const GorOptions options = gor_options_of(
      "--output-http 'https://my-downstream-app.herokuapp.com'\n"
      "--output-http-header 'Host: my-downstream-app.herokuapp.com'\n");
  EXPECT_EQ(problems_of(options), "");
  ASSERT_EQ(options.shadows.size(), 1U);
  const mirror::ShadowOptions& shadow = options.shadows[0];
  EXPECT_EQ(shadow.name, "my-downstream-app.herokuapp.com:443");
  EXPECT_EQ(shadow.url, "https://my-downstream-app.herokuapp.com");
  EXPECT_EQ(shadow.rules.host.name, "my-downstream-app.herokuapp.com");
  net::TlsOptions tls;
  tls.server_name = "my-downstream-app.herokuapp.com";
  EXPECT_EQ(shadow.tls, tls);
  EXPECT_TRUE(shadow.marker);
  EXPECT_FALSE(shadow.raw);
  EXPECT_FALSE(options.verbose);
}

// Each line of it was a trap: to gor, the shell or the buildpack.
TEST(GorOptions, AFileOfTrapsSimplyWorks) {
  const GorOptions options = parse_gor_options(
      "# where copies go\r\n"
      "--output-http https://$STG_HOST|10% \\\r\n"
      "  -split-output true\r\n"
      "\r\n"
      "--http-allow-url ^/api|^/cart$ # not the rest\r\n"
      "--verbose 2",
      [](const std::string& name) {
        return name == "STG_HOST" ? std::optional<std::string>("stg.example") : std::nullopt;
      });
  EXPECT_EQ(problems_of(options), "");
  ASSERT_EQ(options.shadows.size(), 1U);
  EXPECT_EQ(options.shadows[0].url, "https://stg.example");
  EXPECT_EQ(options.shadows[0].rules.steps.size(), 2U);
  EXPECT_TRUE(options.verbose);
}

TEST(GorOptions, WithoutFiltersThereAreNoSteps) {
  const mirror::ShadowOptions shadow = shadow_of("");
  EXPECT_TRUE(shadow.rules.steps.empty());
  EXPECT_EQ(shadow.rules.host.mode, Host::Mode::target);
  EXPECT_EQ(shadow.rules.body.max, 5U * 1024 * 1024);
  EXPECT_EQ(shadow.timeout, 5 * kSecond);
  EXPECT_FALSE(shadow.connections);
  EXPECT_EQ(shadow.redirects, 0U);
  EXPECT_EQ(shadow.authorization, "");
}

TEST(GorOptions, OfTheMirror) {
  EXPECT_EQ(shadow_of("--output-http-timeout 30s").timeout, 30 * kSecond);
  EXPECT_EQ(shadow_of("--output-http-timeout 30s --output-http-timeout 100ms").timeout, 100 * kMillisecond);
  EXPECT_EQ(shadow_of("--output-http-timeout 99ms").timeout, kSecond);
  EXPECT_EQ(shadow_of("--output-http-timeout 10h").timeout, 3600 * kSecond);
  EXPECT_EQ(shadow_of("--output-http-workers 20").connections, 20U);
  EXPECT_EQ(shadow_of("--output-http-workers 999999").connections, 65536U);
  EXPECT_FALSE(shadow_of("--output-http-workers 0").connections);
  EXPECT_FALSE(shadow_of("--output-http-workers -1").connections);
  EXPECT_EQ(shadow_of("--output-http-redirects 2").redirects, 2U);
  EXPECT_EQ(shadow_of("--output-http-redirects 1000").redirects, 10U);
  EXPECT_EQ(shadow_of("--output-http-redirects -1").redirects, 0U);
  EXPECT_EQ(shadow_of("--copy-buffer-size 10mb").rules.body.max, 10U << 20);
  EXPECT_EQ(shadow_of("--copy-buffer-size 0").rules.body.max, 5U << 20);
  EXPECT_TRUE(shadow_of("--output-http https://h --output-http-skip-verify").tls->insecure);
  EXPECT_TRUE(shadow_of("--output-http https://h --output-http-skip-verify true").tls->insecure);
  EXPECT_FALSE(shadow_of("--output-http https://h --output-http-skip-verify=false").tls->insecure);
  EXPECT_FALSE(shadow_of("--output-http-skip-verify").tls);
}

TEST(GorOptions, Verbose) {
  for (const char* on : {"--verbose", "--verbose 1", "--verbose=true", "--debug", "--verbose 0 --debug"}) {
    EXPECT_TRUE(gor_options_of(on).verbose) << on;
  }
  for (const char* off : {"", "--verbose 0", "--verbose=false", "--verbose 2 --verbose 0", "--debug=false"}) {
    EXPECT_FALSE(gor_options_of(off).verbose) << off;
  }
}

TEST(GorOptions, NamesAreUnique) {
  const GorOptions options = gor_options_of(
      "--output-http a --output-http b --output-http http://a/x --output-http https://a --output-http a:80");
  std::string names;
  for (const mirror::ShadowOptions& shadow : options.shadows) names += shadow.name + " ";
  EXPECT_EQ(names, "a:80 b:80 a:80-2 a:443 a:80-3 ");
}

TEST(GorOptions, WhatHostTheShadowSees) {
  struct Row {
    std::string text;
    Host::Mode mode;
    std::string name;
    const char* why;
  };
  for (const Row& row : {
           Row{"", Host::Mode::target, "", "its own"},
           Row{"--http-original-host", Host::Mode::preserve, "", "the client's"},
           Row{"--http-original-host=false", Host::Mode::target, "", "off"},
           Row{"--http-set-header 'host: x'", Host::Mode::preserve, "", "a rule sets it"},
           Row{"--http-set-header 'X: y'", Host::Mode::target, "", "another header"},
           Row{"--http-rewrite-header 'Host: a,b'", Host::Mode::preserve, "", "a rule rewrites it"},
           Row{"--output-http-header 'Host: x:81'", Host::Mode::name, "x:81", "as 0.9 did"},
           Row{"--output-http-header 'Host: x' --output-http-header 'HOST: y'", Host::Mode::name, "y",
               "the last one"},
           Row{"--http-original-host --output-http-header 'Host: x'", Host::Mode::name, "x", "both"},
           Row{"--output-http-header 'Host: x' --http-set-header 'Host: y'", Host::Mode::name, "x",
               "0.9's comes last"},
       }) {
    const mirror::ShadowOptions shadow = shadow_of(row.text);
    EXPECT_EQ(shadow.rules.host.mode, row.mode) << row.text << ": " << row.why;
    EXPECT_EQ(shadow.rules.host.name, row.name) << row.text << ": " << row.why;
  }
}

struct StepName {
  std::string operator()(const rules::Choose& step) const {
    const rules::Condition& one = step.allow.empty() ? step.deny.at(0) : step.allow.at(0);
    if (!one.methods.empty()) return "method";
    if (!one.headers.empty()) return "header";
    return one.basic_auth ? "user" : "url";
  }
  std::string operator()(const rules::Sample& step) const {
    return step.by == rules::Sample::By::draw ? "share" : "sample " + step.name;
  }
  std::string operator()(const rules::Rate&) const { return "rate"; }
  std::string operator()(const rules::Turn&) const { return "turn"; }
  std::string operator()(const rules::SetHeader& step) const { return "set " + step.name; }
  std::string operator()(const rules::SetQuery& step) const { return "param " + step.name; }
  std::string operator()(const rules::RewriteTarget&) const { return "target"; }
  std::string operator()(const rules::RewriteHeader& step) const { return "rewrite " + step.name; }
  std::string operator()(const rules::PrefixPath& step) const { return "prefix " + step.prefix; }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "another";
  }
};

TEST(GorOptions, StepsStandInGorsOrder) {
  const GorOptions options = gor_options_of(
      "--http-rewrite-header 'X-R: a,b' --http-rewrite-url a:b --http-param-limiter p:10% "
      "--http-header-limiter h:10% --http-basic-auth-filter u --http-disallow-header 'X-D: a' "
      "--http-allow-header 'X-A: a' --http-disallow-url d --http-allow-url a --http-set-param k=v "
      "--http-set-header 'X-S: v' --http-allow-method GET --split-output --output-http 'a/p|5' "
      "--output-http 'b|10%'");
  std::vector<std::string> steps;
  for (const mirror::ShadowOptions& shadow : options.shadows) {
    std::string names;
    for (const rules::Step& step : shadow.rules.steps) names += std::visit(StepName(), step) + ", ";
    steps.push_back(names);
  }
  const std::string common =
      "method, set X-S, param k, url, header, user, sample h, sample p, target, rewrite X-R, turn, ";
  EXPECT_EQ(steps, (std::vector{common + "rate, prefix /p, ", common + "share, "}));
}

TEST(GorOptions, Problems) {
  struct Row {
    std::string text;
    std::string problem;  // of the only one; without file, line and column
    Severity severity;
  };
  const std::string framing = "umbra frames each copy itself; this header is left as it is";
  const std::string method = "one method, such as GET, is expected; the option may be repeated";
  for (const Row& row : {
           Row{"--http-allow-url '('", "--http-allow-url '(': pattern '(': missing )", Severity::error},
           Row{"--http-allow-url 'a(?=b)'",
               "--http-allow-url 'a(?=b)': pattern 'a(?=b)': invalid perl operator: (?=", Severity::error},
           Row{"--http-allow-header 'Authorization: ^Bearer (s3cret'",
               "--http-allow-header 'Authorization:***': a regular expression of RE2 is expected",
               Severity::error},
           Row{"--http-basic-auth-filter '(s3cret'",
               "--http-basic-auth-filter '***': a regular expression of RE2 is expected", Severity::error},
           Row{"--http-allow-header X", "--http-allow-header 'X': 'Name:pattern' is expected",
               Severity::error},
           Row{"--http-allow-header 'X Y:a'",
               "--http-allow-header 'X Y:a': the name of a header before the colon is expected",
               Severity::error},
           Row{"--http-set-header X", "--http-set-header '***': 'Name: value' is expected", Severity::error},
           Row{"--http-set-header ': v'",
               "--http-set-header ':***': the name of a header before the colon is expected",
               Severity::error},
           Row{"--http-set-header Host:",
               "--http-set-header 'Host:***': a host such as stg.example is expected", Severity::error},
           Row{"--http-set-header 'Host: http://x'",
               "--http-set-header 'Host:***': a host such as stg.example is expected", Severity::error},
           Row{"--http-set-header 'Content-Length: 14'", "--http-set-header 'Content-Length:***': " + framing,
               Severity::warning},
           Row{"--http-rewrite-header 'connection: a,b'",
               "--http-rewrite-header 'connection: a,b': " + framing, Severity::warning},
           Row{"--http-set-param x", "--http-set-param '***': 'name=value' is expected", Severity::error},
           Row{"--http-set-param =x", "--http-set-param '=***': 'name=value' is expected", Severity::error},
           Row{"--http-set-param 'a=b c'",
               "--http-set-param 'a=***': printable ASCII is expected; other bytes and blanks as %XX",
               Severity::error},
           Row{"--http-rewrite-url a", "--http-rewrite-url 'a': 'pattern:replacement' is expected",
               Severity::error},
           Row{"--http-rewrite-url '(?:a):b'",
               "--http-rewrite-url '(?:a):b': a pattern without a colon is expected: the first one ends it, "
               "so (?: and "
               "(?i: cannot be said",
               Severity::error},
           Row{"--http-rewrite-url '(a):$2'",
               "--http-rewrite-url '(a):$2': replacement '$2': the pattern has 1 group", Severity::error},
           Row{"--http-rewrite-header 'X: a'",
               "--http-rewrite-header 'X: a': 'Name: pattern,replacement' is expected", Severity::error},
           Row{"--http-param-limiter :10%", "--http-param-limiter ':10%': 'name:25%' is expected",
               Severity::error},
           Row{"--http-param-limiter p:abc",
               "--http-param-limiter 'p:abc': a share such as 25% or 1/4 is expected", Severity::error},
           Row{"--http-allow-method GET,PUT", "--http-allow-method 'GET,PUT': " + method, Severity::error},
           Row{"--http-allow-method 'GET PUT'", "--http-allow-method 'GET PUT': " + method, Severity::error},
           Row{"--http-allow-method get",
               "--http-allow-method 'get': methods are compared as they are written, and clients write "
               "capitals",
               Severity::warning},
           Row{"--output-http-url-regexp ^/a",
               "--output-http-url-regexp '^/a': this name's pattern is matched against host and path, which "
               "never begin "
               "with a slash; --http-allow-url matches the path",
               Severity::warning},
           Row{"--output-http-url-regexp a --output-http-url-regexp b",
               "--output-http-url-regexp 'b': of several, the last one holds; --http-allow-url adds up",
               Severity::warning},
           Row{"--output-http-timeout 5ms",
               "--output-http-timeout '5ms': less than 100ms is taken for 1s, as by gor", Severity::warning},
           Row{"--output-http-timeout 2h", "--output-http-timeout '2h': more than 1h is taken for 1h",
               Severity::warning},
           Row{"--output-http-redirects 11", "--output-http-redirects '11': at most 10 are followed",
               Severity::warning},
           Row{"--prettify-http --prettify-http",
               "--prettify-http 'true': accepted, not applicable: umbra copies a body as it was received",
               Severity::warning},
           Row{"--input-raw :80",
               "--input-raw ':80': accepted, not applicable: umbra gets the requests from its own listener "
               "and captures "
               "no packets",
               Severity::warning},
           Row{"--http-disalow-url x",
               "--http-disalow-url: no gor has such an option; did you mean --http-disallow-url?",
               Severity::unknown},
           Row{"--output-http http://me:s3cret@h:port",
               "--output-http 'http://***@h:port': a port from 1 to 65535 is expected", Severity::error},
       }) {
    const GorOptions options = gor_options_of(row.text);
    ASSERT_EQ(options.problems.size(), 1U) << row.text << "\n" << problems_of(options);
    GorProblem problem = options.problems[0];
    EXPECT_EQ(problem.severity, row.severity) << row.text;
    EXPECT_EQ(options.shadows.empty(), row.severity == Severity::error) << row.text;
    problem.line = problem.column = 1;
    EXPECT_EQ(text_of(problem, "f"), "f:1:1: " + row.problem) << row.text;
    EXPECT_EQ(problems_of(options).find("s3cret"), std::string::npos);
  }
}

TEST(GorOptions, AllProblemsAtOnceInTheirOrder) {
  const GorOptions options = parse_gor_options(
      "--output-http http://h:0\n"
      "--http-allow-url (\n"
      "--nonsense\n"
      "  --output-http-timeout 5\n"
      "--stats",
      no_variable);
  EXPECT_EQ(problems_of(options),
            "gor.options:1:1: --output-http 'http://h:0': a port from 1 to 65535 is expected\n"
            "gor.options:2:1: --http-allow-url '(': pattern '(': missing )\n"
            "gor.options:3:1: --nonsense: no gor has such an option\n"
            "gor.options:4:3: --output-http-timeout '5': a duration such as 500ms, 30s or 1m30s is expected "
            "(did you "
            "mean 5s?)\n"
            "gor.options:5:1: --stats 'true': accepted, not applicable: what became of each copy stands in "
            "/metrics "
            "and /status\n");
  EXPECT_TRUE(options.shadows.empty());
}

TEST(GorOptions, EveryOptionThatIsNotApplicableIsNamedOnce) {
  for (const GorFlag& flag : gor_flags()) {
    if (flag.applied()) continue;
    const std::string given = "--" + std::string(flag.name) + "=1 ";
    const GorOptions options = gor_options_of(given + given);
    ASSERT_EQ(options.problems.size(), 1U) << flag.name << "\n" << problems_of(options);
    EXPECT_EQ(options.problems[0].option, "--" + std::string(flag.name));
    EXPECT_EQ(options.problems[0].text, "accepted, not applicable: " + std::string(flag.instead));
    EXPECT_EQ(options.shadows.size(), 1U) << flag.name;
  }
}

TEST(GorOptions, NothingToCopyToIsSaid) {
  for (const char* text : {"", "# all is a comment", "--http-allow-url x"}) {
    const GorOptions options = parse_gor_options(text, no_variable);
    EXPECT_TRUE(options.shadows.empty());
    EXPECT_EQ(problems_of(options), "gor.options:1:1: there is no --output-http: no shadow comes of it\n")
        << text;
  }
}

TEST(GorOptions, Bounds) {
  std::string outputs;
  for (size_t i = 0; i < mirror::kShadowsMax; ++i) outputs += "--output-http h ";
  EXPECT_EQ(gor_options_of(outputs).shadows.size(), mirror::kShadowsMax);
  const GorOptions more = gor_options_of(outputs + "--output-http h");
  EXPECT_TRUE(more.shadows.empty());
  ASSERT_EQ(more.problems.size(), 1U);
  EXPECT_EQ(more.problems[0].text, "at most 64 are expected");
  std::string filters;
  for (int i = 0; i < 1000; ++i) filters += "--http-allow-method M ";
  EXPECT_EQ(gor_options_of(filters).shadows.size(), 1U);
  EXPECT_TRUE(gor_options_of(filters + "--http-allow-method M").shadows.empty());
}

}  // namespace
}  // namespace umbra::config
