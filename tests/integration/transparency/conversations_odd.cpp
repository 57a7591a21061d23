// Conversations that umbra relays without following them, or from some point on: nothing of them is copied
// that could be taken in two ways.
#include "integration/transparency/conversation.h"

namespace umbra::integration {
namespace {

const std::string kHost = "Host: a\r\n";
const std::string kGet = "GET / HTTP/1.1\r\n" + kHost + "\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string frames(int from) {
  std::string bytes;
  for (int i = 0; i < 40; ++i) bytes += static_cast<char>((from + i * 7) & 0xff);
  return bytes;
}

// A request that is refused for `reason`, in a connection on which a sound one was followed and one follows.
Conversation refused(const std::string& name, const std::string& request, Opaque reason) {
  return {name,
          {client_says(kGet), app_says(kOk), client_says(request), app_says("HTTP/1.1 400 Bad\r\n\r\n"),
           client_says(kGet), app_says(kOk)},
          1,
          reason};
}

void add_protocols(std::vector<Conversation>& all) {
  const std::string websocket =
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  const std::string switched =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  all.push_back({"tls",
                 {client_says("\x16\x03\x01" + frames(0)), app_says("\x16\x03\x03" + frames(9)),
                  client_says(frames(3)), app_says(frames(4))},
                 0,
                 Opaque::tls});
  all.push_back({"http2_prior_knowledge",
                 {client_says("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frames(1)), app_says(frames(2)),
                  client_says(frames(5)), app_says(frames(6)), app_ends()},
                 0,
                 Opaque::http2});
  all.push_back({"websocket",
                 {client_says(websocket), app_says(switched), client_says("\x81\x85" + frames(0)),
                  app_says(frames(8)), client_says(kGet), app_says(frames(1))},
                 0,
                 Opaque::tunnel,
                 Drop::upgrade});
  all.push_back({"websocket_app_first",
                 {client_says(websocket), app_says(switched + frames(1)), client_says(frames(2)),
                  client_ends(), app_says(frames(3))},
                 0,
                 Opaque::tunnel,
                 Drop::upgrade});
  all.push_back({"frames_before_the_switch",
                 {client_says(websocket + frames(1)), app_says(switched), app_says(frames(3))},
                 0,
                 Opaque::upgrade_pending,
                 Drop::upgrade});
  all.push_back(
      {"connect",
       {client_says("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"), app_says("HTTP/1.1 200 Go\r\n\r\n"),
        client_says("\x16\x03\x01" + frames(0)), app_says(frames(1)), client_says(kGet)},
       0,
       Opaque::connect,
       Drop::connect});
  all.push_back({"smtp",
                 {app_says("220 mail.example ESMTP\r\n"), client_says("EHLO client\r\n"),
                  app_says("250-mail.example\r\n250 PIPELINING\r\n"),
                  client_says("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"), app_says("250 OK\r\n250 OK\r\n"),
                  client_says("DATA\r\n"), app_says("354 Go\r\n"),
                  client_says("Subject: x\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n.\r\n"),
                  app_says("250 OK\r\n"), client_says("QUIT\r\n"), app_says("221 Bye\r\n"), app_ends()},
                 0,
                 Opaque::server_first});
  all.push_back(
      {"redis", {client_says("*1\r\n$4\r\nPING\r\n"), app_says("+PONG\r\n")}, 0, Opaque::bad_start_line});
  all.push_back({"ssh",
                 {app_says("SSH-2.0-a\r\n"), client_says("SSH-2.0-b\r\n"), app_says(frames(0))},
                 0,
                 Opaque::server_first});
  all.push_back({"zeros",
                 {client_says(std::string(100, '\0')), app_says(std::string(100, '\0'))},
                 0,
                 Opaque::bad_start_line});
  all.push_back(
      {"http09", {client_says("GET /\r\n"), app_says("<html>"), app_ends()}, 0, Opaque::bad_version});
}

void add_ambiguous_requests(std::vector<Conversation>& all) {
  const std::string get = "GET / HTTP/1.1\r\n";
  all.push_back(refused("bare_lf", "GET / HTTP/1.1\nHost: a\n\n", Opaque::bare_line_end));
  all.push_back(refused("bare_cr", get + kHost + "X: 1\rY: 2\r\n\r\n", Opaque::bare_line_end));
  all.push_back(refused("cr_before_a_coding", get + kHost + "X:\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        Opaque::bare_line_end));
  all.push_back(refused("folded", get + kHost + "X: 1\r\n folded\r\n\r\n", Opaque::folded_field));
  all.push_back(
      refused("space_before_colon", get + kHost + "Content-Length : 3\r\n\r\nabc", Opaque::bad_field));
  all.push_back(refused("nul", get + kHost + std::string("X: \0\r\n\r\n", 8), Opaque::bad_field));
  all.push_back(refused("no_host", get + "\r\n", Opaque::bad_host));
  all.push_back(refused("two_hosts", get + kHost + kHost + "\r\n", Opaque::bad_host));
  all.push_back(refused("http2_request_line", "GET / HTTP/2.0\r\n" + kHost + "\r\n", Opaque::bad_version));
  all.push_back(refused("two_framings",
                        get + kHost + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        Opaque::two_framings));
  all.push_back(refused("two_lengths", get + kHost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                        Opaque::two_framings));
  all.push_back(refused("signed_length", get + kHost + "Content-Length: +3\r\n\r\nabc", Opaque::bad_length));
  all.push_back(refused("two_codings", get + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                        Opaque::bad_coding));
  all.push_back(refused("bad_chunk", get + kHost + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
                        Opaque::bad_chunk));
  all.push_back(refused("bad_trailer", get + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n",
                        Opaque::bad_chunk));
  all.push_back(refused("endless_head", get + kHost + "X: " + std::string(70'000, 'x') + "\r\n\r\n",
                        Opaque::head_too_large));
}

// The request was sound and copied; its answer cannot be followed, so neither can what comes after.
void add_ambiguous_answers(std::vector<Conversation>& all) {
  for (const auto& [name, answer] : std::vector<std::pair<std::string, std::string>>{
           {"answer_bare_lf", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"},
           {"answer_two_framings",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           {"answer_bad_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokX"},
           {"answer_no_http", "what?\r\n"},
           {"answer_folded", "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 0\r\n\r\n"},
           {"answer_endless_head", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')}}) {
    all.push_back({name,
                   {client_says(kGet), app_says(answer), client_says(kGet), app_says(kOk)},
                   1,
                   Opaque::bad_answer});
  }
  all.push_back({"answer_too_many",
                 {client_says(kGet), app_says(kOk + kOk), client_says(kGet), app_says(kOk)},
                 1,
                 Opaque::server_first});
}

}  // namespace

std::vector<Conversation> odd_conversations() {
  std::vector<Conversation> all;
  add_protocols(all);
  add_ambiguous_requests(all);
  add_ambiguous_answers(all);
  return all;
}

}  // namespace umbra::integration
