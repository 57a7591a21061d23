// A client's bytes through a LiveEdit: what comes out does not depend on how they are cut, is as sound as
// what went in, and without the added parts it is what went in.
#include "umbra/relay/live_edit.h"

#include "input.h"
#include "umbra/relay/observer.h"

namespace umbra::fuzz {
namespace {

using namespace umbra::relay;

constexpr const char* kAdded = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n";

std::string edit(std::string_view bytes, const std::vector<size_t>& steps) {
  http::Head head;
  metrics::SessionCounters counters;
  LiveEditor editor({.forwarded_append = true}, head, counters);
  LiveEdit session(editor, "192.0.2.7", false);
  std::string out;
  feed(bytes, steps, [&](std::string_view piece) { out += session.take(piece, Opaque::none); });
  out += session.release();
  require(session.held_bytes() == 0, "nothing stays behind");
  require(counters.live_unedited <= 1, "a session is counted once");
  return out;
}

std::string without(std::string text, std::string_view part) {
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

struct Seen {
  uint64_t exchanges = 0;
  bool opaque = false;
};
Seen observe(std::string_view bytes) {
  Watch watch;
  Observer observer(watch);
  Passing passing(bytes);
  observer.on_request_bytes(passing);
  return {watch.live.exchanges, observer.opaque()};
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  Input input(data, size);
  const auto steps = input.steps();
  const std::string_view bytes = input.rest();
  const std::string whole = edit(bytes, {});
  // With an upgrade among the requests the cuts decide what was sent before the app could answer.
  const bool decides = bytes.find("pgrade") == bytes.npos && bytes.find("PGRADE") == bytes.npos &&
                       bytes.find("CONNECT") == bytes.npos;
  if (decides) {
    require_equal(whole, edit(bytes, steps), "cut");
    require_equal(whole, edit(bytes, {1}), "byte by byte");
  }
  const bool names_them = bytes.find('X') != bytes.npos || bytes.find('x') != bytes.npos;
  if (!names_them) require_equal(without(whole, kAdded), bytes, "what was not asked for stays");
  const Seen before = observe(bytes);
  const Seen after = observe(whole);
  require(before.exchanges == after.exchanges && before.opaque == after.opaque, "as sound as before", bytes,
          whole);
  return 0;
}
