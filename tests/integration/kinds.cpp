#include "integration/kinds.h"

#include <fmt/format.h>

namespace umbra::integration {
namespace {

using support::Clock;
using support::TestClient;

constexpr size_t kMiB = 1024 * 1024;
constexpr std::string_view kHost = "Host: app.example\r\n";

std::string request(std::string_view line, std::string_view rest) {
  return fmt::format("{} HTTP/1.1\r\n{}{}", line, kHost, rest);
}

// Ends as a client that is content: FIN, then the app's FIN.
void part(TestClient& client, Heard& heard) {
  client.half_close();
  heard.bytes += client.read_until_eof();
  heard.ending = client.ending();
}

Heard exchanges(uint16_t port, const std::vector<std::string>& requests) {
  Heard heard;
  const auto began = Clock::now();
  TestClient client(port);
  for (const std::string& each : requests) {
    if (!client.send(each)) break;
    heard.bytes += each.starts_with("HEAD ") ? client.read_answer_to_head() : client.read_answer();
  }
  heard.took = Clock::now() - began;
  part(client, heard);
  return heard;
}

Heard get(uint16_t port, const support::ScriptedOrigin&) {
  return exchanges(
      port, {request("GET /a?x=1", "X-Odd:  kept \r\naccept: */*\r\n\r\n"), request("GET /chunked", "\r\n")});
}

Heard head(uint16_t port, const support::ScriptedOrigin&) {
  return exchanges(port, {request("HEAD /a", "\r\n"), request("HEAD /chunked", "\r\n")});
}

Heard post_small(uint16_t port, const support::ScriptedOrigin&) {
  return exchanges(port, {request("POST /form", "Content-Length: 11\r\n\r\nhello world"),
                          request("PUT /empty", "Content-Length: 0\r\n\r\n")});
}

Heard post_8mib(uint16_t port, const support::ScriptedOrigin&) {
  return exchanges(port, {request("POST /upload", fmt::format("Content-Length: {}\r\n\r\n", 8 * kMiB)) +
                          std::string(8 * kMiB, 'u')});
}

Heard chunked_with_trailers(uint16_t port, const support::ScriptedOrigin&) {
  const std::string whole = request(
      "POST /chunks",
      "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4;ext=\"1\"\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n");
  return exchanges(port, {whole, whole});
}

Heard post_json(uint16_t port, const support::ScriptedOrigin&) {
  const std::string whole = request(
      "POST /form",
      "Content-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"user\":\"joe\",\"card\":\"42\"}\n");
  return exchanges(port, {whole, whole});
}

Heard chunked_json_with_trailers(uint16_t port, const support::ScriptedOrigin&) {
  const std::string whole =
      request("POST /chunks",
              "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
              "9;ext=\"1\"\r\n{\"card\":\"\r\n4\r\n42\"}\r\n0\r\nX-Sum: 42\r\n\r\n");
  return exchanges(port, {whole, whole});
}

// Several requests leave before the first answer is read.
Heard pipelined(uint16_t port, const support::ScriptedOrigin&) {
  Heard heard;
  std::string all;
  for (int i = 0; i < 6; ++i) all += request(fmt::format("GET /{}", i), "\r\n");
  const auto began = Clock::now();
  TestClient client(port);
  client.send(all);
  for (int i = 0; i < 6; ++i) heard.bytes += client.read_answer();
  heard.took = Clock::now() - began;
  part(client, heard);
  return heard;
}

// The client dies half-way; the app must see that, and no more than that.
Heard aborted_upload(uint16_t port, const support::ScriptedOrigin& app) {
  Heard heard;
  const std::string half =
      request("POST /upload", fmt::format("Content-Length: {}\r\n\r\n", kMiB)) + std::string(kMiB / 2, 'u');
  const size_t connection = app.connections();  // where this one will stand
  const auto began = Clock::now();
  TestClient client(port);
  client.send(half);
  app.wait_for_bytes(connection, half.size());
  heard.took = Clock::now() - began;
  client.reset();
  return heard;
}

Heard websocket(uint16_t port, const support::ScriptedOrigin&) {
  using namespace std::string_view_literals;
  Heard heard;
  const auto began = Clock::now();
  TestClient client(port);
  client.send(request("GET /socket",
                      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
  heard.bytes += client.read_answer();
  // A masked text frame, a ping, and bytes that look like a request; all of it comes back.
  for (const std::string_view frame : {"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv, "\x89\x80\0\0\0\0"sv,
                                       "GET / HTTP/1.1\r\nHost: x\r\n\r\n"sv}) {
    client.send(frame);
    heard.bytes += client.read_exactly(frame.size());
  }
  heard.took = Clock::now() - began;
  part(client, heard);
  return heard;
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"get", "two on one connection, answered with a length and in chunks", 2, true, false, get},
      {"head", "answers that announce a body and have none", 2, true, true, head},
      {"post_small", "a body that goes in one piece with its head", 2, true, false, post_small},
      {"post_8mib", "a body larger than all that may be held for a shadow", 1, false, false, post_8mib},
      {"chunked_with_trailers", "framing that the copy keeps", 2, true, false, chunked_with_trailers},
      {"pipelined", "copies that begin in one turn of the loop", 6, true, false, pipelined},
      {"aborted_upload", "a reset half-way through the body", 1, false, false, aborted_upload},
      {"websocket", "an upgrade is not copied, its frames are nobody's requests", 1, false, false, websocket},
  };
  return all;
}

const std::vector<Kind>& kinds_under_rules() {
  static const std::vector<Kind> all{
      {"get", "edited heads", 2, true, false, get},
      {"post_json", "a body that is masked and goes in one piece with its head", 2, true, false, post_json},
      {"chunked_json_with_trailers", "framing that the copy cannot keep", 2, true, false,
       chunked_json_with_trailers},
  };
  return all;
}

}  // namespace umbra::integration
