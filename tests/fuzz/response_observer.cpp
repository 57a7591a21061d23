// An app's bytes through an Observer that waits for answers to some requests, ordinary or while it drains:
// what is understood, and what is sent on, does not depend on how they are cut.
#include <fmt/format.h>

#include "input.h"
#include "umbra/relay/observer.h"
#include "umbra/relay/options.h"

namespace umbra::fuzz {
namespace {

using namespace umbra::relay;

constexpr std::string_view kRequests[] = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
};

struct Case {
  std::vector<uint8_t> asked;  // indices of kRequests; only the last may be one that decides a protocol
  bool draining = false;
  size_t before_draining = 0;  // bytes of the answers that come before the drain
};

struct Observed {
  std::string understood;
  std::string sent;
};

Observed observe(std::string_view bytes, const std::vector<size_t>& steps, const Case& given) {
  Watch watch;
  Observer observer(watch);
  for (const uint8_t index : given.asked) {
    Passing passing(kRequests[index]);
    observer.on_request_bytes(passing);
  }
  Observed observed;
  const size_t plain = given.draining ? std::min(given.before_draining, bytes.size()) : bytes.size();
  feed(bytes.substr(0, plain), steps, [&](std::string_view piece) {
    observer.on_response_bytes(piece);
    observed.sent += piece;
  });
  feed(bytes.substr(plain), steps, [&](std::string_view piece) {
    if (observer.opaque()) {  // as a session does
      observer.on_response_bytes(piece);
      observed.sent += piece;
    } else {
      observer.on_response_bytes_draining(piece, observed.sent);
    }
  });
  const bool all_gone = observer.opaque();
  const std::string held = observer.take_held();
  require(!all_gone || held.empty(), "an opaque connection holds nothing back");
  observed.sent += held;
  observed.understood =
      fmt::format("opaque {} pending {} idle {} ended {} answered {}", observer.opaque(),
                  observer.has_pending(), observer.idle(), watch.live.ended, watch.live.first_byte.count());
  for (const uint64_t count : watch.live.status) observed.understood += fmt::format(" {}", count);
  for (size_t i = 0; i < static_cast<size_t>(Opaque::count); ++i) {
    const auto reason = static_cast<Opaque>(i);
    if (watch.sessions.opaque[reason] > 0) observed.understood += fmt::format(" {}", name_of(reason));
  }
  observer.on_app_end();
  observed.understood += fmt::format("; at the end pending {}", observer.has_pending());
  return observed;
}

// What draining may do to a stream: add one `Connection: close` line, and take connection lines out of the
// same head.  Everything else passes.
void require_only_marked(std::string_view bytes, std::string_view sent) {
  constexpr std::string_view mark = "Connection: close\r\n\r\n";
  if (bytes == sent) return;
  const size_t at = sent.rfind(mark);
  require(at != sent.npos, "changed, and not by a mark", bytes, sent);
  const std::string_view after = sent.substr(at + mark.size());
  require(bytes.size() >= after.size() && bytes.substr(bytes.size() - after.size()) == after,
          "what follows the marked head is as it was", bytes, sent);
  require(sent.size() <= bytes.size() + mark.size() - 2, "a mark and no more", bytes, sent);
}

// Not every head is shown to llhttp at run time; that it would agree is asserted here.
void require_agreement(std::string_view bytes) {
  http::MessageReader reader(http::Side::response, kHeadMax);
  http::Head head;
  for (auto event = reader.next(bytes, head); event.kind != http::Event::Kind::more &&
                                              event.kind != http::Event::Kind::fault &&
                                              event.kind != http::Event::Kind::tunnel;
       event = reader.next(bytes, head)) {
    if (event.kind != http::Event::Kind::head) continue;
    const auto framing = http::response_framing(head, http::AnswerTo::other);
    require(http::llhttp_agrees(http::Side::response, head, framing), "both parsers read the head alike", head.raw());
  }
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  Input input(data, size);
  const auto steps = input.steps();
  Case given;
  const uint8_t choice = input.choice();
  for (unsigned i = 0; i < (choice & 7u); ++i) given.asked.push_back(input.choice() % 2);
  given.asked.push_back(input.choice() % 4);
  given.draining = (choice & 8u) != 0;
  given.before_draining = (choice & 16u) != 0 ? input.choice() : 0;
  require_agreement(input.rest());
  const Observed whole = observe(input.rest(), {}, given);
  for (const auto& cut : {steps, std::vector<size_t>{1}}) {
    const Observed other = observe(input.rest(), cut, given);
    require_equal(whole.understood, other.understood, "understood alike however cut");
    require_equal(whole.sent, other.sent, "sent alike however cut");
  }
  if (given.draining) {
    require_only_marked(input.rest(), whole.sent);
  } else {
    require_equal(whole.sent, input.rest(), "nothing is changed");
  }
  return 0;
}
