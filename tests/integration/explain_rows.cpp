#include "integration/explain_rows.h"

#include <fmt/format.h>

#include "rules/gzip.h"

namespace umbra::integration {
namespace {

constexpr std::string_view kTraceparent =
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

std::string get(std::string_view target, std::string_view fields = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: www.app.example\r\n{}\r\n", target, fields);
}

std::string post(std::string_view type, std::string_view body, std::string_view fields = "") {
  return fmt::format(
      "POST /p HTTP/1.1\r\nHost: www.app.example\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n{}", type,
      fields, body.size(), body);
}

// In chunks of `part` bytes, with an extension and a trailer.
std::string chunked(std::string_view type, std::string_view body, size_t part, std::string_view fields = "") {
  std::string text = fmt::format(
      "POST /p HTTP/1.1\r\nHost: www.app.example\r\nContent-Type: {}\r\n{}Transfer-Encoding: chunked\r\n"
      "Trailer: X-Sum\r\n\r\n",
      type, fields);
  for (size_t at = 0; at < body.size(); at += part) {
    const std::string_view chunk = body.substr(at, part);
    text += fmt::format("{:X};n=\"1\"\r\n{}\r\n", chunk.size(), chunk);
  }
  return text + "0\r\nX-Sum: 42\r\n\r\n";
}

const std::string kJson =
    R"({"user":{"email":"joe@example.com","id":7},"cards":[{"no":"4111"},{"no":"42"}]})";
const std::string kJsonMasked = R"({"user":{"email":"***","id":7},"cards":[{"no":"***"},{"no":"***"}]})";
const std::string kMaskJson = "mask: {json: [user.email, cards.*.no]}";
const std::string kForm = "user=joe&password=hush+hush&x=1";
const std::string kMaskForm = "mask: {form: [password]}";
const std::string kFormType = "application/x-www-form-urlencoded";
const std::string kJsonType = "application/json";

std::string gzipped(std::string_view text) { return rules::pack(text, rules::kGzip); }

std::vector<ExplainRow> unruled() {
  return {
      {"as_received", "", get("/a?x=1", "X-Odd:  kept \r\naccept: */*\r\n"), "copy",
       "X-Odd:  kept \r\naccept: */*\r\nUmbra-Copy: next\r\n\r\n"},
      {"hop_by_hop", "", get("/", "Connection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nExpect: 1\r\n"),
       "copy", "HTTP/1.1\r\nHost: stg.example:8000\r\nUmbra-Copy: next\r\n\r\n"},
      {"no_host_in_http_1_0", "", "GET /old HTTP/1.0\r\nX-A: 1\r\n\r\n", "copy",
       "Host: stg.example:8000\r\n"},
      {"body_with_length", "", post("text/plain", "hello"), "copy", "\r\n\r\nhello"},
      {"large_body", "", post("text/plain", std::string(300'000, 'u')), "copy", "Content-Length: 300000\r\n"},
      {"chunks_and_trailers", "", chunked("text/plain", "hello world", 6), "copy",
       "\r\n\r\n6;n=\"1\"\r\nhello \r\n5;n=\"1\"\r\nworld\r\n0\r\nX-Sum: 42\r\n\r\n"},
      {"offered_h2c", "", get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"), "copy", "",
       "h2c"},
      {"websocket", "",
       get("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
       "upgrade"},
      {"connect", "", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", "connect"},
      {"marked", "", get("/", "umbra-copy: other\r\n"), "loop"},
      {"too_many_hop_options", "",
       get(
           "/", "Connection: " +
                    [] {
                      std::string names = "a";
                      for (int i = 0; i < 40; ++i) names += fmt::format(",x{}", i);
                      return names;
                    }() +
                    "\r\n"),
       "hop_options"},
      {"paused", "paused: true", get("/"), "paused"},
      {"marker_off", "marker: false", get("/"), "copy", "Host: stg.example:8000\r\n\r\n", "Umbra"},
      {"host_preserved", "host: preserve", get("/"), "copy", "Host: www.app.example\r\n"},
      {"host_preserved_where_there_is_none", "host: preserve", "GET /old HTTP/1.0\r\n\r\n", "copy"},
      {"host_named", "host: 'third.example:81'", get("/"), "copy", "Host: third.example:81\r\n"},
  };
}

std::vector<ExplainRow> choosing() {
  return {
      {"methods_safe", "methods: safe", post("text/plain", "x"), "filtered"},
      {"allowed_path", "allow: [{path: '^/api/[0-9]+$'}]", get("/api/7?x"), "copy"},
      {"not_an_allowed_path", "allow: [{path: '^/api/[0-9]+$'}]", get("/api/x"), "filtered"},
      {"denied_query", "deny: [{path: ^/none}, {query: (^|&)debug=1}]", get("/?a&debug=1"), "filtered"},
      {"all_parts_match", "allow: [{method: GET, host: app, header: {X-Beta: '^1'}}]",
       get("/", "x-beta: 0\r\nx-beta: 1\r\n"), "copy"},
      {"one_part_does_not", "allow: [{method: GET, host: app, header: {X-Beta: '^1'}}]", get("/"),
       "filtered"},
      {"allowed_client", "allow: [{client: 127.0.0.0/8}]", get("/"), "copy"},
      {"denied_client", "deny: [{client: 127.0.0.1}]", get("/"), "filtered"},
      {"none_of_all", "percent: 0%", get("/"), "sampled_out"},
      {"by_header_all", "percent: 100%, sample_by: {header: X-User}, sample_missing: drop",
       get("/", "X-User: joe\r\n"), "copy"},
      {"by_header_missing", "percent: 100%, sample_by: {header: X-User}, sample_missing: drop", get("/"),
       "sampled_out"},
      {"by_client", "percent: 0%, sample_by: client", get("/"), "sampled_out"},
      {"rate", "rate: 5/s", get("/"), "copy"},
      {"body_within_bound", "max_body: 5", post("text/plain", "12345"), "copy"},
      {"body_too_large", "max_body: 5", post("text/plain", "123456"), "body_too_large"},
      {"chunks_within_bound", "max_body: 5", chunked("text/plain", "12345", 1), "copy"},
      {"chunks_too_large", "max_body: 5", chunked("text/plain", "123456", 4), "body_too_large"},
  };
}

// Whatever the key is called, the same ones are in the sample: by their hash.
std::vector<ExplainRow> keyed() {
  std::vector<ExplainRow> rows;
  for (const std::string user : {"a", "b", "c", "d"}) {
    const std::string fate = user == "b" || user == "c" ? "copy" : "sampled_out";
    rows.push_back({fmt::format("half_by_header_{}", user), "percent: 50%, sample_by: {header: X-User}",
                    get("/", fmt::format("X-User: {}\r\n", user)), fate});
    rows.push_back({fmt::format("half_by_cookie_{}", user), "percent: 50%, sample_by: {cookie: sid}",
                    get("/", fmt::format("Cookie: a=b; sid={}\r\n", user)), fate});
    rows.push_back({fmt::format("half_by_query_{}", user), "percent: 50%, sample_by: {query: user}",
                    get(fmt::format("/?user={}", user)), fate});
  }
  return rows;
}

std::vector<ExplainRow> rewriting() {
  return {
      {"headers_removed", "headers: {remove: [Cookie, x-debug]}",
       get("/", "Cookie: a=b\r\nX-Debug: 1\r\nX-A: 1\r\ncookie: c=d\r\n"), "copy",
       "example:8000\r\nX-A: 1\r\nUmbra", "ookie"},
      {"headers_set", "headers: {set: {X-Env: shadow, X-New: '1'}}",
       get("/", "X-A: 1\r\nx-env: a\r\nX-B: 1\r\nX-Env: b\r\n"), "copy", "shadow\r\nX-B: 1\r\nX-New: 1\r\n"},
      {"header_added", "headers: {add: {X-Seen: '1'}}", get("/", "X-Seen: 0\r\n"), "copy",
       "X-Seen: 0\r\nX-Seen: 1\r\n"},
      {"header_rewritten",
       "headers: {rewrite: [{name: Origin, pattern: 'http://([a-z]+)', replacement: 'https://$1.stg'}]}",
       get("/", "Origin: http://app, http://other\r\n"), "copy",
       "Origin: https://app.stg, https://other.stg\r\n"},
      {"target_rewritten_to_nothing", "target: {rewrite: [{pattern: '.*', replacement: ''}]}", get("/a"),
       "rule_error"},
      {"host_set", "host: preserve, headers: {set: {Host: set.example}}", get("/"), "copy",
       "Host: set.example\r\n"},
      {"target_rewritten",
       "target: {rewrite: [{pattern: ^/v1/, replacement: /v2/}, {pattern: '/(?P<a>[a-z]+)$', replacement: "
       "'/${a}x'}]}",
       get("/v1/users"), "copy", "GET /v2/usersx HTTP/1.1\r\n"},
      {"target_prefixed", "target: {prefix: /stage/}", get("/a?x=1"), "copy",
       "GET /stage/a?x=1 HTTP/1.1\r\n"},
      {"absolute_target_prefixed", "target: {prefix: /stage}",
       "GET http://www.app.example/a HTTP/1.1\r\nHost: www.app.example\r\n\r\n", "copy",
       "GET http://www.app.example/stage/a HTTP/1.1\r\n"},
      {"query_set", "target: {query: {set: {x: '9', new: a%20b}}}", get("/a?x=1&y=2&x=3"), "copy",
       "GET /a?x=9&y=2&new=a%20b HTTP/1.1\r\n"},
      {"query_removed", "target: {query: {remove: [token]}}", get("/a?token=1&y=2&token"), "copy",
       "GET /a?y=2 HTTP/1.1\r\n"},
      {"trace_copied", "trace: copy", get("/", kTraceparent), "copy", std::string(kTraceparent)},
      {"trace_of_a_child", "trace: child", get("/", kTraceparent), "copy",
       "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-", "00f067aa0ba902b7", true},
      {"trace_restarted", "trace: restart", get("/", kTraceparent), "copy", "Umbra-Trace-Parent: 00-4bf92f",
       "", true},
      {"trace_dropped", "trace: drop", get("/", std::string(kTraceparent) + "tracestate: a=1\r\n"), "copy",
       "", "trace"},
      {"edited_with_body", "headers: {set: {X-Env: shadow}}", chunked("text/plain", "hello world", 6), "copy",
       "X-Env: shadow\r\nUmbra-Copy: next\r\n\r\n6;n=\"1\"\r\nhello \r\n"},
      {"all_at_once",
       "allow: [{path: ^/v1}], percent: 100%, headers: {remove: [X-A], set: {X-B: '2'}}, target: {prefix: "
       "/s}, mask: {headers: [Authorization]}, trace: drop",
       get("/v1?a", "X-A: 1\r\nAuthorization: Bearer t\r\n"), "copy", "Authorization: ***\r\nX-B: 2\r\n",
       "Bearer"},
  };
}

std::vector<ExplainRow> masking() {
  return {
      {"head_masked", "mask: {headers: [Authorization], cookies: [sid], query: [token]}",
       get("/?token=s3cret&x=1", "Authorization: Bearer s3cret\r\nCookie: a=b; sid=s3cret; c=d\r\n"), "copy",
       "GET /?token=***&x=1 HTTP/1.1\r\n", "s3cret"},
      {"head_hashed", "mask: {cookies: [sid], hash_key: k}", get("/", "Cookie: sid=s3cret\r\n"), "copy",
       "Cookie: sid=", "s3cret"},
      {"json", kMaskJson, post(kJsonType, kJson), "copy",
       fmt::format("Content-Length: {}\r\nUmbra-Copy: next\r\n\r\n{}", kJsonMasked.size(), kJsonMasked)},
      {"json_without_marker", "marker: false, " + kMaskJson, post(kJsonType, kJson), "copy",
       fmt::format("Content-Length: {}\r\n\r\n{}", kJsonMasked.size(), kJsonMasked), "Umbra"},
      {"json_with_edits", "host: preserve, headers: {set: {X-Env: s}}, " + kMaskJson, post(kJsonType, kJson),
       "copy", "Host: www.app.example\r\nContent-Type: application/json\r\nX-Env: s\r\n"},
      {"json_in_chunks", kMaskJson, chunked(kJsonType, kJson, 7), "copy", "\r\n\r\n" + kJsonMasked, "X-Sum"},
      {"json_packed", kMaskJson, post(kJsonType, gzipped(kJson), "Content-Encoding: gzip\r\n"), "copy",
       "\r\n\r\n" + kJsonMasked, "Content-Encoding"},
      {"json_packed_in_chunks", kMaskJson,
       chunked(kJsonType, gzipped(kJson), 11, "Content-Encoding: gzip\r\n"), "copy", "\r\n\r\n" + kJsonMasked,
       "Content-Encoding"},
      {"json_packed_and_untouched", "mask: {json: [none]}",
       chunked(kJsonType, gzipped(kJson), 11, "Content-Encoding: gzip\r\n"), "copy",
       "Content-Encoding: gzip\r\n"},
      {"json_hashed", "mask: {json: [user.email], hash_key: k}", post(kJsonType, kJson), "copy",
       R"({"user":{"email":")", "joe@"},
      {"json_broken", kMaskJson, post(kJsonType, "{\"user\":"), "unmaskable"},
      {"json_in_an_unknown_coding", kMaskJson, post(kJsonType, "xx", "Content-Encoding: br\r\n"),
       "unmaskable"},
      {"json_of_two_types", kMaskJson, post(kJsonType, kJson, "Content-Type: text/plain\r\n"), "unmaskable"},
      {"json_too_large", "max_body: 20, " + kMaskJson, post(kJsonType, kJson), "body_too_large"},
      {"json_in_chunks_too_large", "max_body: 20, " + kMaskJson, chunked(kJsonType, kJson, 7),
       "body_too_large"},
      {"json_unpacked_too_large", "max_body: 200, mask: {json: [a]}",
       post(kJsonType, gzipped("{\"a\":\"" + std::string(4000, 'a') + "\"}"), "Content-Encoding: gzip\r\n"),
       "body_too_large"},
      {"json_of_no_length", kMaskJson, post(kJsonType, ""), "copy", "Content-Length: 0\r\n"},
      {"json_in_no_chunks", kMaskJson, chunked(kJsonType, "", 1), "copy"},
      {"no_json", kMaskJson, post("application/octet-stream", kJson), "copy", kJson},
      {"an_image_as_it_comes", kMaskJson, chunked("image/png", kJson, 3), "copy",
       "Transfer-Encoding: chunked"},
      {"form", kMaskForm, post(kFormType, kForm), "copy", "\r\n\r\nuser=joe&password=***&x=1"},
      {"form_in_chunks", kMaskForm, chunked(kFormType, kForm, 5), "copy",
       "\r\n\r\nuser=joe&password=***&x=1"},
      {"form_packed", kMaskForm, post(kFormType, gzipped(kForm), "Content-Encoding: gzip\r\n"), "copy",
       "\r\n\r\nuser=joe&password=***&x=1", "Content-Encoding"},
      {"multipart", kMaskForm, post("multipart/form-data; boundary=b", "--b--\r\n"), "unmaskable"},
      {"masked_and_filtered", "allow: [{path: ^/none}], " + kMaskJson, post(kJsonType, kJson), "filtered"},
  };
}

}  // namespace

const std::vector<ExplainRow>& explain_rows() {
  static const std::vector<ExplainRow> all = [] {
    std::vector<ExplainRow> rows;
    for (auto some : {unruled(), choosing(), keyed(), rewriting(), masking()}) {
      rows.insert(rows.end(), some.begin(), some.end());
    }
    return rows;
  }();
  return all;
}

}  // namespace umbra::integration
