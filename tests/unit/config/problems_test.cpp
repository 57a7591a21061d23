// Every complaint of the file, with its exact place and words.
#include <gtest/gtest.h>

#include "resolving.h"
#include "umbra/config/values.h"
#include "umbra/rules/draft.h"

namespace umbra::config {
namespace {

struct Row {
  std::string yaml;
  std::string expected;  // behind "umbra.yaml:"
};

void expect(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Resolved resolved = world_of(row.yaml).resolve();
    EXPECT_EQ(texts_of(resolved.problems), std::vector<std::string>{"umbra.yaml:" + row.expected})
        << row.yaml;
  }
}

TEST(FileProblems, Keys) {
  expect({
      {"worker: 2", "1:1: worker: is not known; a key that is known is expected (did you mean workers?)"},
      {"mirror:\n  memroy: 1MiB",
       "2:3: mirror.memroy: is not known; a key that is known is expected (did you mean memory?)"},
      {"upstream: x",
       "1:1: upstream: is not known; one of the keys listen, app, workers, max_sessions ... is expected"},
      {"drain: {x: 1}", "1:9: drain.x: is not known; one of the keys delay, timeout is expected"},
      {"shadows:\n  - {url: 'http://a', precent: 5%}",
       "2:23: shadows[0].precent: is not known; a key that is known is expected (did you mean percent?)"},
      {"mirror.memory: 1MiB",
       "1:1: mirror.memory: is not known; one of the keys listen, app, workers, max_sessions ... is "
       "expected"},
      {"shadows[].url: x",
       "1:1: shadows[].url: is not known; one of the keys listen, app, workers, max_sessions ... is "
       "expected"},
      {"workers: 1\nworkers: 2", "2:1: 'workers': is given twice; a key is expected once"},
      {"\"a\\nb\": 1",
       "1:1: a\\u000ab: is not known; one of the keys listen, app, workers, max_sessions ... is expected"},
  });
}

TEST(FileProblems, Shapes) {
  expect({
      {"workers: [1]", "1:10: workers: one value is expected, such as 4"},
      {"log:\n  level:\n  format: text", "2:3: log.level: one value is expected, such as warn"},
      {"workers:", "1:1: workers: one value is expected, such as 4"},
      {"workers: {a: 1}", "1:10: workers: one value is expected, such as 4"},
      {"mirror: 5",
       "1:9: mirror: one of the keys memory, connections, timeout, connect_timeout ... is expected"},
      {"log: [debug]", "1:6: log: one of the keys level, format, source is expected"},
      {"shadows: http://a",
       "1:10: shadows: a list is expected, with one of the keys name, url, paused, host ... "
       "behind each '- '"},
      {"shadows: [http://a]", "1:11: shadows[0]: one of the keys name, url, paused, host ... is expected"},
      {"shadows:\n  -\n  - url: http://b",
       "3:3: shadows[0]: one of the keys name, url, paused, host ... is expected"},
      {"shadows: [{url: 'http://a', methods: {a: b}}]",
       "1:38: shadows[0].methods: a value or a list of them is expected, such as safe"},
      {"shadows: [{url: 'http://a', methods: [GET, [HEAD]]}]",
       "1:44: shadows[0].methods[1]: one value is expected, such as safe"},
      {"shadows: [{url: 'http://a', headers: {set: [X-A]}}]",
       "1:44: shadows[0].headers.set: names with values are expected, such as {X-Env: shadow}"},
      {"shadows: [{url: 'http://a', rate: [5]}]",
       "1:35: shadows[0].rate: one value is expected, such as 100/s"},
  });
}

std::string with(const std::string& keys) { return "shadows:\n- url: http://10.0.0.7\n  " + keys + "\n"; }

TEST(FileProblems, Values) {
  const std::string percent = "a percentage from 0% to 100%, such as 2.5%, is expected";
  expect({
      {"workers: 0", "1:10: workers: '0': 1 to 256 or auto is expected"},
      {"app: 5000", "1:6: app: '5000': HOST:PORT, [IPV6]:PORT or unix:PATH is expected"},
      {"listen: [':1', '2']", "1:16: listen[1]: '2': HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH is expected"},
      {"mirror: {memory: 1}", "1:18: mirror.memory: '1': 1MiB to 64GiB is expected"},
      {"drain: {delay: 5}", "1:16: drain.delay: '5': a duration such as 250ms, 30s, 1.5s or 2m is expected"},
      {"log: {level: infos}",
       "1:14: log.level: 'infos': debug, info, warn, error or off is expected (did you mean "
       "info?)"},
      {"admin: {ready_needs_app: perhaps}",
       "1:26: admin.ready_needs_app: 'perhaps': true or false is expected"},
      {"admin: {listen: x}",
       "1:17: admin.listen: 'x': HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH is expected; or off"},
      {"access_log: ''", "1:13: access_log: '': a file, - or off is expected"},
      {"live: {request_id: 'X Y'}",
       "1:20: live.request_id: 'X Y': a name of letters, digits, '-' or '_' is expected"},
      {"live: {request_id: content-length}",
       "1:20: live.request_id: 'content-length': a header that means nothing else to servers and proxies is "
       "expected, such as X-Request-Id"},
      {"live: {request_id: host}",
       "1:20: live.request_id: 'host': a header that means nothing else to servers and proxies is expected, "
       "such as X-Request-Id"},
      {"live: {proxy_protocol: {send: any}}",
       "1:31: live.proxy_protocol.send: 'any': off, v1 or v2 is expected"},
      {"gor_options: ''", "1:14: gor_options: '': a file's name is expected"},
      {with("percent: 250%"), "3:12: shadows[0].percent: '250%': " + percent},
      {with("percent: 5"), "3:12: shadows[0].percent: '5': " + percent + " (did you mean 5%?)"},
      {with("percent: half"), "3:12: shadows[0].percent: 'half': " + percent},
      {with("percent: -1%"), "3:12: shadows[0].percent: '-1%': " + percent},
      {with("percent: 100.01%"), "3:12: shadows[0].percent: '100.01%': " + percent},
      {with("percent: 2.%"), "3:12: shadows[0].percent: '2.%': " + percent},
      {with("percent: 0.001%"),
       "3:12: shadows[0].percent: '0.001%': a percentage in steps of 0.01% is expected"},
      {with("rate: 5"), "3:9: shadows[0].rate: '5': a rate such as 100/s, 600/m or 50/h is expected"},
      {with("rate: 0/s"), "3:9: shadows[0].rate: '0/s': a rate such as 100/s, 600/m or 50/h is expected"},
      {with("rate: 5/d"), "3:9: shadows[0].rate: '5/d': a rate such as 100/s, 600/m or 50/h is expected"},
      {with("name: a b"),
       "3:9: shadows[0].name: 'a b': a name of 1 to 64 letters, digits, '.', '_', ':' or '-' is "
       "expected"},
      {with("methods: [get]"),
       "3:13: shadows[0].methods[0]: 'get': a method in upper case, such as GET, is expected"},
      {with("host: a/b"),
       "3:9: shadows[0].host: 'a/b': a host's name, with its port if it has one is expected"},
      {with("max_body: 0"), "3:13: shadows[0].max_body: '0': 1 to 64GiB or off is expected"},
      {with("trace: chidl"),
       "3:10: shadows[0].trace: 'chidl': copy, child, restart or drop is expected (did you mean child?)"},
      {with("allow: [{path: '('}]"),
       "3:18: shadows[0].allow[0].path: '(': a regular expression (RE2) is expected: missing )"},
      {with("deny: [{header: {X-A: 'a**'}}]"),
       "3:25: shadows[0].deny[0].header.X-A: 'a**': a regular expression (RE2) is expected: bad repetition "
       "operator: **"},
      {with("deny: [{client: 10.0.0.0/33}]"),
       "3:19: shadows[0].deny[0].client: '10.0.0.0/33': an address or a block such as 10.0.0.0/8 is "
       "expected"},
      {with("deny: [{header: {'X A': a}}]"),
       "3:20: shadows[0].deny[0].header.X A: a name of letters, digits, '-' or '_' is expected"},
      {with("headers: {set: {Content-Length: 5}}"),
       "3:19: shadows[0].headers.set.Content-Length: a header that does not frame the message is expected"},
      {with("headers: {remove: [Transfer-Encoding]}"),
       "3:22: shadows[0].headers.remove[0]: 'Transfer-Encoding': a header that does not frame the message is "
       "expected"},
      {with("headers: {set: {X-A: \"a\\r\\nB: c\"}}"),
       "3:24: shadows[0].headers.set.X-A: 'a\\u000d\\u000aB: c': a text without control bytes is expected"},
      {with("target: {prefix: v2}"), "3:20: shadows[0].target.prefix: 'v2': a path such as /v2 is expected"},
      {with("target: {query: {set: {'a b': c}}}"),
       "3:26: shadows[0].target.query.set.a b: a parameter's name is expected"},
      {with("target: {query: {set: {a: 'b&c=d'}}}"),
       "3:29: shadows[0].target.query.set.a: 'b&c=d': a value as it stands in a URL is expected"},
      {with("mask: {json: [a..b]}"),
       "3:17: shadows[0].mask.json[0]: 'a..b': a dotted path such as user.email, items.*.card or **.token is "
       "expected"},
      {with("mask: {headers: [A], hash_key: ''}"),
       "3:34: shadows[0].mask.hash_key: a key that is not empty is expected"},
      {with("redirects: {max: 11}"), "3:20: shadows[0].redirects.max: '11': 0 to 10 is expected"},
      {"shadows:\n- url: ftp://x",
       "2:8: shadows[0].url: 'ftp://x': a URL such as http://host:port is expected"},
      {"shadows:\n- url: http://user:hunter2@x/path",
       "2:8: shadows[0].url: 'http://***@x/path': a URL without path and query is expected, such as "
       "http://host:port (a copy keeps the target of its request)"},
      {"workers: ${N}",
       "1:10: workers: '${N}': the variable N is not set; ${N:-default} would give it a default"},
      {"workers: ${N:?how many}", "1:10: workers: '${N:?how many}': the variable N is not set: how many"},
      {"workers: ${N:-x}", "1:10: workers: '${N:-x}': 1 to 256 or auto is expected"},
  });
}

TEST(FileProblems, Combinations) {
  expect({
      {"shadows:\n- name: x", "2:3: shadows[0]: url is expected, such as http://10.0.0.7:5000"},
      {with("ramp: {over: 30m}"),
       "3:9: shadows[0].ramp: percent beside it is expected, which the ramp leads to"},
      {with("percent: 5%\n  ramp: {from: 1%}"),
       "4:9: shadows[0].ramp: over is expected: how long it takes, such as 30m"},
      {with("sample_missing: drop"),
       "3:19: shadows[0].sample_missing: 'drop': sample_by beside it is expected, since "
       "it says what a missing key means"},
      {with("sample_by: {}"), "3:14: shadows[0].sample_by: one of header, cookie and query is expected"},
      {with("sample_by: {header: A, cookie: b}"),
       "3:14: shadows[0].sample_by: one of header, cookie and query is expected"},
      {with("rate: {burst: 5}"), "3:9: shadows[0].rate: per_second is expected, such as 100"},
      {with("tls: {insecure: true}"), "3:8: shadows[0].tls: an https url beside it is expected"},
      {"shadows: [{url: 'https://h', tls: {cert: c}}]",
       "1:42: shadows[0].tls.cert: 'c': key beside it is expected: the certificate's"},
      {"shadows: [{url: 'https://h', tls: {key: k}}]",
       "1:41: shadows[0].tls.key: 'k': cert beside it is expected: the key's certificate"},
      {"shadows: [{url: 'https://h', tls: {ca_file: f, insecure: true}}]",
       "1:58: shadows[0].tls.insecure: 'true': either ca_file or insecure is expected, not both"},
      {"tls: {cert: c}", "1:13: tls.cert: 'c': key beside it is expected: the certificate's"},
      {"tls: {min_version: '1.3'}", "1:20: tls.min_version: '1.3': cert and key beside it are expected"},
      {with("stop_when: {window: 1m}"), "3:14: shadows[0].stop_when: errors or latency is expected"},
      {with("stop_when: {errors: 0%}"),
       "3:23: shadows[0].stop_when.errors: '0%': a percentage above 0% is expected"},
      {with("allow: [{}]"),
       "3:11: shadows[0].allow[0]: a part such as path or method is expected: without one it "
       "matches every request"},
      {with("headers: {rewrite: [{name: A, pattern: b}]}"),
       "3:23: shadows[0].headers.rewrite[0]: replacement is expected; \"\" for none"},
      {with("headers: {rewrite: [{pattern: a, replacement: b}]}"),
       "3:23: shadows[0].headers.rewrite[0]: name is expected: the header's"},
      {with("target: {rewrite: [{replacement: b}]}"),
       "3:22: shadows[0].target.rewrite[0]: pattern is expected"},
      {with("target: {rewrite: [{pattern: (a), replacement: $2}]}"),
       "3:50: shadows[0].target.rewrite[0].replacement: '$2': a group that the pattern has is expected; it "
       "has 1"},
      {with("mask: {}"),
       "3:9: shadows[0].mask: at least one of headers, cookies, query, json and form is expected"},
      {with("mask: {headers: [A], with: x, hash_key: k}"),
       "3:43: shadows[0].mask.hash_key: either with or hash_key is expected, not both"},
      {with("redirects: {hosts: [h]}"),
       "3:22: shadows[0].redirects.hosts: max above 0 beside it is expected, without "
       "which no redirect is followed"},
      {"shadows: [{url: 'tcp://h:1', percent: 5%}]",
       "1:39: shadows[0].percent: '5%': an http or https url beside it is expected: a tcp shadow gets bytes "
       "and no "
       "requests"},
      {"shadows:\n- {name: x, url: 'http://a'}\n- {name: x, url: 'http://b'}",
       "3:10: shadows[1].name: 'x': the name 'x' is given twice; a name of its own is expected, such as "
       "other=http://b"},
      {"shadows:\n- {name: x, url: 'http://a'}\n- name: x",
       "3:3: shadows[1]: url is expected, such as http://10.0.0.7:5000"},
      {"shadows:\n- url: http://a\n- url: http://A/",
       "3:8: shadows[1].url: 'http://A/': the name 'a:80' is given twice; a name of its own is expected, "
       "such as "
       "other=http://A/"},
      {with("name: me\n- url: http://localhost:8080"),
       "4:8: shadows[1].url: 'http://localhost:8080': umbra itself listens there (:8080); another address is "
       "expected"},
  });
}

TEST(FileProblems, AreSaidAllAtOnceInTheOrderOfTheFile) {
  World world =
      world_of("workers: 0\nshadows:\n  - url: nowhere\n    percent: 5\n  - name: x\nlog: {level: loud}\n");
  world.flags["drain-delay"] = {"x"};
  world.variables["UMBRA_DRAIN_TIMEOUT"] = "y";
  EXPECT_EQ(
      texts_of(world.resolve().problems),
      (std::vector<std::string>{
          "--drain-delay 'x': a duration such as 250ms, 30s, 1.5s or 2m is expected",
          "UMBRA_DRAIN_TIMEOUT 'y': a duration such as 250ms, 30s, 1.5s or 2m is expected",
          "umbra.yaml:1:10: workers: '0': 1 to 256 or auto is expected",
          "umbra.yaml:3:10: shadows[0].url: 'nowhere': a URL such as http://host:port is expected",
          "umbra.yaml:4:14: shadows[0].percent: '5': a percentage from 0% to 100%, such as 2.5%, is expected "
          "(did you mean 5%?)",
          "umbra.yaml:5:5: shadows[1]: url is expected, such as http://10.0.0.7:5000",
          "umbra.yaml:6:14: log.level: 'loud': debug, info, warn, error or off is expected"}));
}

// The PROXY header comes before the TLS handshake.
TEST(FileProblems, AProxyHeaderAndTlsDoNotGoTogether) {
  const std::string why =
      "off is expected beside tls: the PROXY header would come before the handshake, where it is not looked "
      "for";
  expect({{"tls: {cert: c, key: k}\nlive: {proxy_protocol: {accept: any}}",
           "2:33: live.proxy_protocol.accept: 'any': " + why},
          {"live: {proxy_protocol: {accept: v2, send: v1}}\ntls: {cert: c, key: k}",
           "1:33: live.proxy_protocol.accept: 'v2': " + why}});
  World by_flags = world_of("tls: {cert: c, key: k}");
  by_flags.flags["proxy-protocol"] = {"v1"};
  EXPECT_EQ(text_of(by_flags.resolve().problems), "--proxy-protocol 'v1': " + why);
  sound_options("tls: {cert: c, key: k}\nlive: {proxy_protocol: {accept: 'off', send: v2}}");
}

TEST(FileProblems, AnIdHasAHeaderOfItsOwn) {
  for (const std::string name :
       {"Host", "content-length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Upgrade", "Trailer",
        "Expect", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "umbra-copy"}) {
    expect({{"live: {request_id: " + name + "}",
             "1:20: live.request_id: '" + name +
                 "': a header that means nothing else to servers and proxies is expected, such as "
                 "X-Request-Id"}});
  }
  EXPECT_EQ(sound_options("live: {request_id: X-Host}").relay.live.request_id, "X-Host");
}

TEST(FileProblems, AHostThatWouldBeLostIsRefused) {
  const std::string expected =
      "a header other than Host is expected; Host is the shadow's own: host: NAME sets another, and host: "
      "preserve keeps the client's for rules to change";
  for (const std::string yaml :
       {"headers: {set: {host: a}}", "headers: {rewrite: [{name: Host, pattern: a, replacement: b}]}"}) {
    const Resolved resolved = world_of(with(yaml)).resolve();
    ASSERT_EQ(resolved.problems.size(), 1U) << yaml;
    EXPECT_EQ(resolved.problems[0].expected, expected);
    EXPECT_EQ(resolved.problems[0].place.line, 3U);
    sound_options(with(yaml + "\n  host: preserve"));
  }
}

TEST(FileProblems, ShadowsAreBounded) {
  std::string yaml = "shadows:\n";
  for (int i = 0; i < 65; ++i) yaml += "  - url: http://s" + std::to_string(i) + "\n";
  EXPECT_EQ(text_of(world_of(yaml).resolve().problems),
            "umbra.yaml:2:3: shadows: 65 are given: at most 64 shadows are expected");
}

TEST(FileProblems, WhatOnlyTheRulesKnowIsSaidAtTheShadow) {
  expect({{with("headers: {remove: [Host]}"),
           "2:3: shadows[0]: header 'Host': a request must have it; set it"}});
}

TEST(FileProblems, HoldNoValueOfAHeaderThatMayBeSecret) {
  expect({
      {with("headers: {set: {Authorization: \"s3cr3t\\n\"}}"),
       "3:34: shadows[0].headers.set.Authorization: a text without control bytes is expected"},
      {with("headers: {add: {X-Token: 's3cr3t ${NOT_SET}'}}"),
       "3:28: shadows[0].headers.add.X-Token: the variable NOT_SET is not set; ${NOT_SET:-default} would "
       "give it a default"},
      {with("target: {query: {set: {token: \"s3cr3t\\n\"}}}"),
       "3:33: shadows[0].target.query.set.token: a value as it stands in a URL is expected"},
  });
}

TEST(FileProblems, AreBounded) {
  std::string yaml;
  for (int i = 0; i < 5000; ++i) yaml += "key" + std::to_string(i) + ": x\n";
  yaml += "shadows:\n";
  for (int i = 0; i < 60; ++i) yaml += "- {ramp: {}, redirects: {hosts: [a]}, stop_when: {}}\n";
  const Problems problems = world_of(yaml).resolve().problems;
  ASSERT_EQ(problems.size(), kProblemsMax + 1);
  EXPECT_EQ(problems.back().text(), "and more problems behind these");
}

TEST(FileProblems, AFileThatCannotBeReadIsSaid) {
  const FileText directory = read_file("/");
  ASSERT_TRUE(directory);
  ASSERT_FALSE(*directory);
  EXPECT_EQ(directory->error().detail, "cannot be read: Is a directory; a text file is expected");
  EXPECT_FALSE(read_file("/no/such/file"));
}

// The configuration refuses what would drop every copy.
TEST(FileProblems, HeadersThatFrameTheMessageAreThoseOfADraft) {
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "TE", "Upgrade",
                           "Trailer", "Expect", "Proxy-Connection", "Cookie", "X-A"}) {
    rules::Draft draft;
    http::Head head;
    Opaque reason = Opaque::none;
    ASSERT_EQ(head.parse(http::Side::request, request, reason), http::Head::Verdict::complete);
    draft.begin(head);
    draft.add_header(name, "1");
    EXPECT_EQ(draft.spoiled(), !check_value(Key{.type = Type::edited_name}, name)) << name;
  }
}

}  // namespace
}  // namespace umbra::config
