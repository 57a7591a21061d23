#include "support/http_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "umbra/base/text.h"

namespace umbra::support {
namespace {

constexpr std::string_view kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

bool asks_for_end(std::string_view request) {
  return equals_ignoring_case(field_of(request, "connection"), "close");
}

std::string in_chunks(std::string_view body) {
  const size_t half = body.size() / 2;
  return fmt::format("{:x}\r\n{}\r\n{:x};x=y\r\n{}\r\n0\r\nX-Trailer: yes\r\n\r\n", half,
                     body.substr(0, half), body.size() - half, body.substr(half));
}

void echo(OriginConnection& connection) {
  for (;;) {
    const std::string bytes = connection.read_some();
    if (bytes.empty() || !connection.send(bytes)) return;
  }
}

}  // namespace

uint64_t hash_of(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  while (!bytes.empty()) {
    uint64_t word = bytes.size();
    const size_t size = std::min(bytes.size(), sizeof(word));
    std::memcpy(&word, bytes.data(), size);
    bytes.remove_prefix(size);
    hash = (hash ^ word) * 0x100000001b3;
  }
  return hash;
}

std::string http_answer(std::string_view request) {
  const std::string method = method_of(request);
  const std::string target = target_of(request);
  const bool chunked = target.starts_with("/chunked");
  const std::string text =
      fmt::format("{} {} {} bytes, {:016x}\n", method, target, request.size(), hash_of(request));
  const std::string framing =
      chunked ? "Transfer-Encoding: chunked" : fmt::format("Content-Length: {}", text.size());
  const std::string head = fmt::format("HTTP/1.1 200 OK\r\nX-CaSe: kept\r\n{}\r\n{}\r\n", framing,
                                       asks_for_end(request) ? "Connection: close\r\n" : "");
  if (method == "HEAD") return head;
  return head + (chunked ? in_chunks(text) : text);
}

void serve_http(OriginConnection& connection) {
  for (;;) {
    const std::string request = connection.read_request();
    if (request.empty()) return;
    if (equals_ignoring_case(field_of(request, "upgrade"), "websocket")) {
      connection.send(kSwitching);
      return echo(connection);
    }
    if (!connection.send(http_answer(request)) || asks_for_end(request)) return;
  }
}

}  // namespace umbra::support
