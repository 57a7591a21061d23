// What the file says, as options.
#include <gtest/gtest.h>

#include "resolving.h"

namespace umbra::config {
namespace {

// What people write, all of it.
constexpr const char* kEverything = R"yaml(
listen: [":8081", "unix:/run/umbra.sock"]
app: 127.0.0.1:5001
workers: auto
max_sessions: 1000
tls: {cert: server.pem, key: server.key, min_version: "1.3"}
live:
  forwarded: append
  request_id: X-Request-Id
  proxy_protocol: {accept: "off", send: v2}
drain: {delay: 5s, timeout: 10s}
admin: {listen: ":9100", token_file: token, ready_needs_app: true}
access_log: "-"
log: {level: warn, format: json, source: umbra}
mirror: {memory: 1GiB, connections: 7, timeout: 1.5s, connect_timeout: 250ms, pipeline: 8}
gor_options: config/gor.options
shadows:
  - name: next
    url: https://user:p%40ss@10.0.0.7:8443
    paused: true
    host: staging.example
    marker: false
    methods: safe
    allow: [{method: [GET, POST], path: ^/api, query: debug=1, host: ^www, header: {X-A: "^1"}, client: 10.0.0.0/8}]
    deny: [{path: ^/admin}, {method: HEAD}]
    percent: 2.5%
    sample_by: {header: X-User}
    sample_missing: keep
    ramp: {from: 0.25%, over: 30m}
    rate: {per_second: 100, burst: 20}
    max_body: 1MiB
    stop_when: {errors: 5%, latency: 500ms, window: 2m, at_least: 10, resume_after: 5m}
    headers:
      remove: [X-Debug]
      set: {X-Env: shadow}
      add: {X-Seen: "1"}
      rewrite: [{name: Origin, pattern: "^http://(.*)",
                     replacement : "https://$1"
}]
    target:
      prefix: /v2
      rewrite: [{pattern: /v1/, replacement: /}]
      query: {set: {a: b}, remove: [token]}
    mask: {headers: [Authorization], cookies: [sid], query: [token], json: [user.email], form: [password], hash_key: k}
    trace: restart
    tls: {ca_file: ca.pem, cert: c.pem, key: k.pem, min_version: 1.3, server_name: other}
    redirects: {max: 2, hosts: [login.example]}
    connections: 32
    timeout: 5s
    connect_timeout: 1s
    pipeline: auto
)yaml";

class Everything : public ::testing::Test {
 protected:
  Everything() {
    World world;
    world.files = {{"umbra.yaml", kEverything},
                   {"token", "0123456789abcdef\n"},
                   {"config/gor.options", "# no shadows\n"}};
    options_ = sound_options(world);
  }
  const mirror::ShadowOptions& shadow() { return options_.mirror.shadows.at(0); }

  ProxyOptions options_;
};

TEST_F(Everything, OfTheServer) {
  ASSERT_EQ(options_.listen.size(), 2U);
  EXPECT_EQ(options_.listen[1].text(), "unix:/run/umbra.sock");
  EXPECT_EQ(options_.relay.app.text(), "127.0.0.1:5001");
  EXPECT_EQ(options_.workers, 3U);
  EXPECT_EQ(options_.max_sessions, 1000U);
  EXPECT_EQ(options_.relay.sessions_max, 1000U);
  ASSERT_TRUE(options_.tls);
  EXPECT_EQ(options_.tls->cert_file, "server.pem");
  EXPECT_EQ(options_.tls->key_file, "server.key");
  EXPECT_EQ(options_.tls->min_version, net::TlsVersion::tls_1_3);
  EXPECT_TRUE(options_.relay.live.forwarded_append);
  EXPECT_EQ(options_.relay.live.request_id, "X-Request-Id");
  EXPECT_EQ(options_.relay.live.accept, relay::ProxyProtocol::off);
  EXPECT_EQ(options_.relay.live.send, relay::ProxyProtocol::v2);
  EXPECT_EQ(options_.drain.delay, 5 * kSecond);
  EXPECT_EQ(options_.drain.timeout, 10 * kSecond);
  ASSERT_EQ(options_.admin.size(), 1U);
  EXPECT_EQ(options_.admin[0].text(), "127.0.0.1:9100");
  EXPECT_EQ(options_.admin_token, "0123456789abcdef");
  EXPECT_TRUE(options_.ready_needs_app);
  EXPECT_EQ(options_.access_log, "-");
  EXPECT_EQ(options_.log_level, LogLevel::warn);
  EXPECT_EQ(options_.log_format, LogFormat::json);
  EXPECT_EQ(options_.log_source, "umbra");
  EXPECT_EQ(options_.mirror.memory, 1U << 30);
  EXPECT_EQ(options_.mirror.connections, 7U);
  EXPECT_EQ(options_.mirror.timeout, 1500 * kMillisecond);
  EXPECT_EQ(options_.mirror.connect_timeout, 250 * kMillisecond);
  EXPECT_EQ(options_.mirror.pipeline, 8U);
  EXPECT_FALSE(options_.mirror.off);
}

// Not beside `tls`.
TEST(File, AProxyHeaderOfTheClients) {
  EXPECT_EQ(sound_options("live: {proxy_protocol: {accept: any}}").relay.live.accept,
            relay::ProxyProtocol::any);
}

TEST_F(Everything, OfAShadow) {
  EXPECT_EQ(shadow().name, "next");
  EXPECT_EQ(shadow().url, "https://10.0.0.7:8443") << "for people: without the password";
  EXPECT_EQ(shadow().authorization, "Basic dXNlcjpwQHNz");
  EXPECT_EQ(shadow().authority, "10.0.0.7:8443");
  EXPECT_TRUE(shadow().paused);
  EXPECT_FALSE(shadow().marker);
  EXPECT_FALSE(shadow().raw);
  ASSERT_TRUE(shadow().tls);
  EXPECT_EQ(shadow().tls->server_name, "other");
  EXPECT_EQ(shadow().tls->ca_file, "ca.pem");
  EXPECT_EQ(shadow().tls->cert_file, "c.pem");
  EXPECT_EQ(shadow().tls->key_file, "k.pem");
  EXPECT_FALSE(shadow().tls->insecure);
  EXPECT_EQ(shadow().tls->min_version, net::TlsVersion::tls_1_3) << "without quotes too";
  EXPECT_EQ(shadow().redirects, 2U);
  EXPECT_EQ(shadow().redirect_hosts, std::vector<std::string>{"login.example"});
  ASSERT_TRUE(shadow().stop_when);
  EXPECT_DOUBLE_EQ(shadow().stop_when->error_share, 0.05);
  EXPECT_EQ(shadow().stop_when->latency, 500 * kMillisecond);
  EXPECT_EQ(shadow().stop_when->window, 120 * kSecond);
  EXPECT_EQ(shadow().stop_when->at_least, 10U);
  EXPECT_EQ(shadow().stop_when->resume_after, 300 * kSecond);
  EXPECT_EQ(shadow().connections, 32U);
  EXPECT_EQ(shadow().timeout, 5 * kSecond);
  EXPECT_EQ(shadow().connect_timeout, kSecond);
  EXPECT_EQ(shadow().pipeline, 0U) << "auto, whatever holds for all";
}

TEST_F(Everything, ChoosingAndSampling) {
  const auto& steps = shadow().rules.steps;
  ASSERT_EQ(steps.size(), 14U);
  const auto& methods = std::get<rules::Choose>(steps[0]);
  EXPECT_EQ(methods.allow.at(0).methods, (std::vector<std::string>{"GET", "HEAD", "OPTIONS"}));
  const auto& choose = std::get<rules::Choose>(steps[1]);
  const rules::Condition& allow = choose.allow.at(0);
  EXPECT_EQ(allow.methods, (std::vector<std::string>{"GET", "POST"}));
  EXPECT_EQ(allow.path, "^/api");
  EXPECT_EQ(allow.query, "debug=1");
  EXPECT_EQ(allow.host, "^www");
  EXPECT_EQ(allow.headers.at(0).name, "X-A");
  EXPECT_EQ(allow.headers.at(0).pattern, "^1");
  EXPECT_EQ(allow.clients, std::vector<std::string>{"10.0.0.0/8"});
  EXPECT_EQ(choose.deny.at(0).path, "^/admin");
  EXPECT_EQ(choose.deny.at(1).methods, std::vector<std::string>{"HEAD"});
  const auto& sample = std::get<rules::Sample>(steps[2]);
  EXPECT_EQ(sample.percent, 250U);
  EXPECT_EQ(sample.by, rules::Sample::By::header);
  EXPECT_EQ(sample.name, "X-User");
  EXPECT_EQ(sample.missing, rules::Sample::Missing::keep);
  EXPECT_EQ(sample.ramp_from, 25U);
  EXPECT_EQ(sample.ramp, 1800 * kSecond);
  const auto& rate = std::get<rules::Rate>(steps[3]);
  EXPECT_EQ(rate.per_second, 100);
  EXPECT_EQ(rate.burst, 20);
}

TEST_F(Everything, Rewriting) {
  const auto& steps = shadow().rules.steps;
  EXPECT_EQ(std::get<rules::RemoveHeader>(steps[4]).name, "X-Debug");
  EXPECT_EQ(std::get<rules::SetHeader>(steps[5]).value, "shadow");
  EXPECT_EQ(std::get<rules::AddHeader>(steps[6]).name, "X-Seen");
  EXPECT_EQ(std::get<rules::RewriteHeader>(steps[7]).replacement, "https://$1");
  EXPECT_EQ(std::get<rules::RewriteTarget>(steps[8]).rewrites.at(0).pattern, "/v1/");
  EXPECT_EQ(std::get<rules::PrefixPath>(steps[9]).prefix, "/v2");
  EXPECT_EQ(std::get<rules::SetQuery>(steps[10]).value, "b");
  EXPECT_EQ(std::get<rules::RemoveQuery>(steps[11]).name, "token");
  const auto& mask = std::get<rules::MaskHead>(steps[12]);
  EXPECT_EQ(mask.headers, std::vector<std::string>{"Authorization"});
  EXPECT_EQ(mask.cookies, std::vector<std::string>{"sid"});
  EXPECT_EQ(mask.query, std::vector<std::string>{"token"});
  EXPECT_EQ(mask.with.key, "k");
  EXPECT_EQ(std::get<rules::Trace>(steps[13]).mode, rules::Trace::Mode::restart);
  EXPECT_EQ(shadow().rules.body.mask.json, std::vector<std::string>{"user.email"});
  EXPECT_EQ(shadow().rules.body.mask.form, std::vector<std::string>{"password"});
  EXPECT_EQ(shadow().rules.body.mask.with.key, "k");
  EXPECT_EQ(shadow().rules.body.max, 1U << 20);
  EXPECT_EQ(shadow().rules.host.mode, rules::Host::Mode::name);
  EXPECT_EQ(shadow().rules.host.name, "staging.example");
}

mirror::ShadowOptions shadow_from(const std::string& keys) {
  const auto options = sound_options("shadows:\n  - url: http://10.0.0.7\n" + keys);
  return options.mirror.shadows.empty() ? mirror::ShadowOptions() : options.mirror.shadows[0];
}

TEST(File, AShadowWithoutRulesCostsNothing) {
  const auto shadow = shadow_from("");
  EXPECT_EQ(shadow.name, "10.0.0.7:80");
  EXPECT_TRUE(shadow.rules.empty());
  EXPECT_TRUE(shadow.marker);
  EXPECT_FALSE(shadow.paused);
  EXPECT_FALSE(shadow.tls);
  EXPECT_FALSE(shadow.stop_when);
  EXPECT_EQ(shadow.rules.host.mode, rules::Host::Mode::target);
  EXPECT_FALSE(shadow.connections || shadow.timeout || shadow.connect_timeout || shadow.pipeline);
}

TEST(File, SectionsThatAreLeftEmptySayNothing) {
  const auto options = sound_options("log:\nmirror: {}\nshadows:\nlive: {proxy_protocol: }\n");
  EXPECT_TRUE(options.mirror.shadows.empty());
  EXPECT_EQ(options.mirror.connections, 128U);
  EXPECT_FALSE(options.relay.live.any());
}

TEST(File, WaysToSample) {
  struct Row {
    std::string keys;
    rules::Sample::By by;
    std::string name;
    rules::Sample::Missing missing;
    unsigned percent;
  };
  using By = rules::Sample::By;
  using Missing = rules::Sample::Missing;
  for (const Row& row : {
           Row{"percent: 10%", By::draw, "", Missing::random, 1000},
           Row{"percent: 0%", By::draw, "", Missing::random, 0},
           Row{"percent: 0.01%\n    sample_by: client", By::client, "", Missing::random, 1},
           Row{"sample_by: {cookie: sid}\n    sample_missing: drop", By::cookie, "sid", Missing::drop,
               10'000},
           Row{"sample_by: {query: user}\n    sample_missing: random", By::query, "user", Missing::random,
               10'000},
       }) {
    const auto shadow = shadow_from("    " + row.keys + "\n");
    ASSERT_EQ(shadow.rules.steps.size(), 1U) << row.keys;
    const auto& sample = std::get<rules::Sample>(shadow.rules.steps[0]);
    EXPECT_EQ(sample.by, row.by) << row.keys;
    EXPECT_EQ(sample.name, row.name) << row.keys;
    EXPECT_EQ(sample.missing, row.missing) << row.keys;
    EXPECT_EQ(sample.percent, row.percent) << row.keys;
  }
}

TEST(File, Rates) {
  struct Row {
    std::string text;
    double per_second;
    double burst;
  };
  for (const Row& row :
       {Row{"100/s", 100, 100}, Row{"600/m", 10, 10}, Row{"36/h", 0.01, 1}, Row{"0.5/s", 0.5, 1},
        Row{"{per_second: 50}", 50, 50}, Row{"{per_second: 50, burst: 1}", 50, 1}}) {
    const auto shadow = shadow_from("    rate: " + row.text + "\n");
    ASSERT_EQ(shadow.rules.steps.size(), 1U) << row.text;
    const auto& rate = std::get<rules::Rate>(shadow.rules.steps[0]);
    EXPECT_DOUBLE_EQ(rate.per_second, row.per_second) << row.text;
    EXPECT_DOUBLE_EQ(rate.burst, row.burst) << row.text;
  }
}

TEST(File, Urls) {
  const auto options = sound_options(
      "shadows:\n  - url: tcp://mail:25\n  - url: unix:/run/next.sock\n  - url: https://h\n"
      "  - {url: 'https://h', name: loud, tls: {insecure: true}}\n");
  ASSERT_EQ(options.mirror.shadows.size(), 4U);
  const auto& raw = options.mirror.shadows[0];
  EXPECT_TRUE(raw.raw);
  EXPECT_EQ(raw.name, "mail:25");
  const auto& local = options.mirror.shadows[1];
  EXPECT_EQ(local.address.path, "/run/next.sock");
  EXPECT_EQ(local.name, "next.sock");
  EXPECT_EQ(local.authority, "localhost");
  const auto& secure = options.mirror.shadows[2];
  ASSERT_TRUE(secure.tls);
  EXPECT_EQ(secure.address.port, 443);
  EXPECT_EQ(secure.authority, "h");
  EXPECT_EQ(secure.tls->server_name, "h");
  EXPECT_FALSE(secure.tls->insecure);
  EXPECT_TRUE(options.mirror.shadows[3].tls->insecure);
}

TEST(File, VariablesInValuesAreData) {
  World world = world_of(
      "workers: ${WORKERS}\nshadows:\n  - url: http://${HOST:-10.0.0.1}:${SHADOW_PORT}\n"
      "    headers: {set: {X-A: \"${TRICK}\"}, rewrite: [{name: X-B, pattern: (a)$, replacement: "
      "\"$$${1}${WORKERS}\"}]}\n");
  world.variables = {{"WORKERS", "2"}, {"SHADOW_PORT", "81"}, {"TRICK", "{a: *b} # ${WORKERS}"}};
  const auto options = sound_options(world);
  EXPECT_EQ(options.workers, 2U);
  ASSERT_EQ(options.mirror.shadows.size(), 1U);
  EXPECT_EQ(options.mirror.shadows[0].address.text(), "10.0.0.1:81");
  EXPECT_EQ(std::get<rules::SetHeader>(options.mirror.shadows[0].rules.steps[0]).value,
            "{a: *b} # ${WORKERS}");
  EXPECT_EQ(std::get<rules::RewriteHeader>(options.mirror.shadows[0].rules.steps[1]).replacement, "$$${1}2");
}

TEST(File, MergeKeysShareWhatShadowsHaveInCommon) {
  const auto options = sound_options(
      "shadows:\n  - &base {url: 'http://a', percent: 10%, timeout: 1s}\n"
      "  - {<<: *base, url: 'http://b', percent: 20%}\n");
  ASSERT_EQ(options.mirror.shadows.size(), 2U);
  EXPECT_EQ(options.mirror.shadows[1].name, "b:80");
  EXPECT_EQ(options.mirror.shadows[1].timeout, kSecond);
  EXPECT_EQ(std::get<rules::Sample>(options.mirror.shadows[1].rules.steps[0]).percent, 2000U);
}

}  // namespace
}  // namespace umbra::config
