// Copies of whatever requests umbra follows: a strict reader of its own making must read from each what was
// observed: one request, its method, target, end-to-end fields in order, one framing, the body; no more.
#include <set>

#include "input.h"
#include "strict_request.h"
#include "umbra/http/message_reader.h"
#include "umbra/mirror/copy_head.h"

namespace umbra::fuzz {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kHostLine = "Host: shadow.example:8080\r\n";
constexpr std::string_view kMarkerLine = "Umbra-Copy: next\r\n";

// The rules of the design, section 4, once more and plainly.
Fields expected_fields(const http::Head& head, bool marker) {
  std::set<std::string> named;
  for (const http::Field& field : head.fields()) {
    if (lower(field.name) != "connection") continue;
    std::string_view rest = field.value;
    for (;;) {
      named.insert(lower(trimmed(rest.substr(0, rest.find(',')))));
      if (rest.find(',') == rest.npos) break;
      rest = rest.substr(rest.find(',') + 1);
    }
  }
  const std::set<std::string> removed{"connection", "keep-alive", "te", "upgrade", "expect", "host"};
  const std::set<std::string> framing{"content-length", "transfer-encoding"};
  Fields expected;
  for (const http::Field& field : head.fields()) {
    const std::string name = lower(field.name);
    if (removed.count(name) > 0 || (name.starts_with("proxy-") && name.size() > 6)) continue;
    if (named.count(name) > 0 && framing.count(name) == 0) continue;
    expected.emplace_back(field.name, field.value);
  }
  expected.emplace_back("Host", "shadow.example:8080");
  if (marker) expected.emplace_back("Umbra-Copy", "next");
  return expected;
}

// Host stands where it stood; its place is the table tests' matter, the others' order is checked here.
Fields with_host_last(Fields fields, bool marker) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].first != "Host") continue;
    auto host = fields[i];
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
    fields.insert(fields.end() - (marker ? 1 : 0), std::move(host));
    break;
  }
  return fields;
}

struct Observed {
  std::string head_bytes;
  std::string body;
  bool planned = false;
  std::string copy_head;
  std::string method;
  std::string target;
  Fields expected;
};

Observed build(const http::Head& head, mirror::CopyHead& copy, bool marker) {
  Observed observed;
  observed.method = head.method();
  observed.target = head.target();
  observed.expected = expected_fields(head, marker);
  observed.planned = copy.plan(head);
  if (!observed.planned) return observed;
  const std::string_view marker_line = marker ? kMarkerLine : "";
  Chunk out = Chunk::with_room(copy.size(kHostLine, marker_line));
  copy.write(out, kHostLine, marker_line);
  observed.copy_head = out.view();
  return observed;
}

void check(const Observed& observed, bool marker) {
  if (!observed.planned) return;
  const std::string copy = observed.copy_head + observed.body;
  const auto read = read_strictly(copy);
  require(read.has_value(), "the copy is one sound request", copy);
  require_equal(read->method, observed.method, "method");
  require_equal(read->target, observed.target, "target");
  require_equal(read->body, observed.body, "body");
  require(with_host_last(read->fields, marker) == observed.expected, "fields", copy);
}

void copy_all(std::string_view bytes, const std::vector<size_t>& steps, bool marker) {
  http::MessageReader reader(http::Side::request, 64 * 1024);
  http::Head head;
  mirror::CopyHead copy;  // reused, as a mirror does
  Observed observed;
  bool spent = false;
  feed(bytes, steps, [&](std::string_view piece) {
    while (!piece.empty() && !spent) {
      const http::Event event = reader.next(piece, head);
      if (event.kind == http::Event::Kind::fault) spent = true;
      if (event.kind == http::Event::Kind::head) {
        // A request with the marker is not copied; two would stand in the copy.
        observed = build(head, copy, marker);
        if (head.has(http::Name::marker)) observed.planned = false;
        reader.forget_head();
      }
      if (event.kind == http::Event::Kind::body) observed.body += event.bytes;
      if (event.last) check(observed, marker);
    }
  });
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  Input input(data, size);
  const bool marker = (input.choice() & 1) != 0;
  const auto steps = input.steps();
  copy_all(input.rest(), {}, marker);
  copy_all(input.rest(), steps, marker);
  return 0;
}
