// Conversations that umbra follows to their end.
#include "integration/transparency/conversation.h"

namespace umbra::integration {
namespace {

const std::string kGet = "GET /a//b/../%7e?x=%41&& HTTP/1.1\r\nHost: app.example\r\nX-Odd:  kept \r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

std::string all_bytes() {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
  return bytes;
}

std::string post(const std::string& rest) { return "POST /form HTTP/1.1\r\nHost: app.example\r\n" + rest; }

}  // namespace

std::vector<Conversation> sound_conversations() {
  return {
      {"get", {client_says(kGet), app_says(kOk)}, 1},
      {"keep_alive", {client_says(kGet), app_says(kOk), client_says(kGet), app_says(kOk)}, 2},
      {"http10",
       {client_says("GET / HTTP/1.0\r\n\r\n"), app_says("HTTP/1.0 200 OK\r\n\r\nuntil the end"), app_ends()},
       1},
      {"http10_keep_alive",
       {client_says("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
        app_says("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"),
        client_says(kGet), app_says(kOk)},
       2},
      {"spelling",
       {client_says("frob-NICATE * HTTP/1.1\r\nhOsT:app.example\r\naccept:*/*\r\nX-A: 1\r\nx-a: "
                    "2\r\nX-Empty:\r\nX-Tab:"
                    "\t\xe4\xf6\t\r\n\r\n"),
        app_says("HTTP/1.1 299 \xe4 reason\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nsEt-CoOkIe: "
                 "c=3\r\nCONTENT-length:"
                 "0\r\n\r\n")},
       1},
      {"head",
       {client_says("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
        app_says("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), client_says(kGet), app_says(kOk)},
       2},
      {"no_content",
       {client_says(kGet), app_says("HTTP/1.1 204 No Content\r\n\r\n"), client_says(kGet),
        app_says("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"), client_says(kGet),
        app_says(kOk)},
       3},
      {"binary_body",
       {client_says(post("Content-Length: 256\r\n\r\n" + all_bytes())),
        app_says("HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n" + all_bytes())},
       1},
      {"chunked",
       {client_says(post(
            "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4;ext=\"1\"\r\nbody\r\n0005\r\n\r\n\r\n0"
            "\r\n0\r\nX-Sum: 42\r\n\r\n")),
        app_says("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\na;x\r\n0123456789\r\n000\r\nX-T: "
                 "1\r\n\r\n"),
        client_says(kGet), app_says(kOk)},
       2},
      {"pipelined",
       {client_says(kGet + post("Content-Length: 3\r\n\r\nabc") + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" +
                    kGet),
        app_says(kOk + kOk + "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + kOk)},
       4},
      {"pipelined_in_pieces",
       {client_says(kGet + "POST /half HTTP/1.1\r\nHo"), app_says(kOk),
        client_says("st: a\r\nContent-Length: 4\r\n\r\nbo"), client_says("dy"), app_says(kOk)},
       2},
      {"empty_lines_between",
       {client_says("\r\n" + kGet), app_says(kOk), client_says("\r\n\r\n" + kGet), app_says(kOk)},
       2},
      {"100_continue",
       {client_says(post("Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")),
        app_says("HTTP/1.1 100 Continue\r\n\r\n"), client_says("body"), app_says(kOk)},
       1},
      {"100_refused",
       {client_says(post("Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")),
        app_says("HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), app_ends()},
       0},
      {"103_early_hints",
       {client_says(kGet), app_says("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"),
        app_says("HTTP/1.1 102 Processing\r\n\r\n" + kOk)},
       1},
      {"early_answer",
       {client_says(post("Content-Length: 8\r\n\r\nha")),
        app_says("HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n"), client_says("lf of it"),
        client_ends()},
       1},
      {"until_close", {client_says(kGet), app_says("HTTP/1.1 200 OK\r\n\r\n" + all_bytes()), app_ends()}, 1},
      {"half_closed_client", {client_says(kGet), client_ends(), app_says(kOk), app_ends()}, 1},
      {"half_closed_client_sends_half",
       {client_says(post("Content-Length: 8\r\n\r\nhalf")), client_ends(), app_says("HTTP/1.1 400 -\r\n\r\n"),
        app_ends()},
       0},
      {"upgrade_declined",
       {client_says("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
        app_says(kOk), client_says(kGet), app_says(kOk)},
       2},
      {"connect_declined",
       {client_says("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"),
        app_says("HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\nno"), client_says(kGet), app_says(kOk)},
       1,
       Opaque::none,
       Drop::connect},
      {"copy_of_a_copy",
       {client_says("GET / HTTP/1.1\r\nHost: a\r\numbra-copy: next\r\n\r\n"), app_says(kOk),
        client_says(kGet), app_says(kOk)},
       1,
       Opaque::none,
       Drop::loop},
      {"close_announced",
       {client_says("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        app_says("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), app_ends()},
       1},
      {"answer_cut_short",
       {client_says(kGet), app_says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), app_ends()},
       1},
      {"app_closes_unasked", {app_ends()}, 0},
      {"client_says_nothing", {client_ends()}, 0},
      {"client_resets_idle", {client_says(kGet), app_says(kOk), client_resets()}, 1},
      {"client_resets_within_its_request",
       {client_says(post("Content-Length: 8\r\n\r\nhalf")), client_resets()},
       0},
      {"client_resets_within_the_answer",
       {client_says(kGet), app_says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), client_resets()},
       1},
      {"app_resets_unanswered", {client_says(kGet), app_resets()}, 1},
      {"app_resets_within_its_answer",
       {client_says(kGet), app_says("HTTP/1.1 200 OK\r\n\r\nhalf of it"), app_resets()},
       1},
      {"app_ends_and_then_resets", {client_says(kGet), app_says(kOk), app_ends(), app_resets()}, 1},
      {"app_resets_within_the_request",
       {client_says(post("Content-Length: 8\r\n\r\nhalf")), app_resets()},
       0},
  };
}

}  // namespace umbra::integration
