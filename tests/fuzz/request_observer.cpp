// A client's bytes through an Observer with a tap: what the tap is shown does not depend on how they are cut.
#include <fmt/format.h>

#include "input.h"
#include "umbra/relay/observer.h"

namespace umbra::fuzz {
namespace {

using namespace umbra::relay;

class Notes final : public Tap {
 public:
  struct Seen {
    std::string head;
    std::string body;
    bool complete = false;
  };
  Taken on_request(const RequestSeen& request) noexcept override {
    Seen seen{
        fmt::format("{} {} {}", request.head.method(), request.head.target(), static_cast<int>(request.kind)),
        std::string(request.body), request.complete};
    // Not every head is shown to llhttp at run time; that it would agree is asserted here.
    require(http::llhttp_agrees(http::Side::request, request.head, http::request_framing(request.head)),
            "both parsers read the head alike", request.head.raw());
    for (const http::Field& field : request.head.fields())
      seen.head += fmt::format("|{}={}", field.name, field.value);
    all.push_back(std::move(seen));
    Taken taken{1, nullptr};
    if (!request.complete) taken.body = std::make_unique<Rest>(*this, all.size() - 1);
    return taken;
  }
  std::vector<Seen> all;

 private:
  class Rest final : public BodyTap {
   public:
    Rest(Notes& notes, size_t index) : notes_(notes), index_(index) {}
    void on_body(std::string_view part, Passing& passing, bool last) noexcept override {
      static_cast<void>(passing.keep(part));  // checks that it lies there
      notes_.all[index_].body += part;
      notes_.all[index_].complete = last;
    }
    void on_aborted(Abort) noexcept override {}

   private:
    Notes& notes_;
    size_t index_;
  };
};

// Requests that are not whole: with a fault in the body, whether the tap was shown its beginning depends on
// the cut by nature (and it was told to abort); without a fault, all that came was shown.
std::string observe(std::string_view bytes, const std::vector<size_t>& steps) {
  Watch watch;
  Notes notes;
  watch.tap = &notes;
  std::string out;
  {
    Observer observer(watch);
    feed(bytes, steps, [&](std::string_view piece) {
      Passing passing(piece);
      observer.on_request_bytes(passing);
    });
    out = fmt::format("opaque {} exchanges {} idle {}\n", observer.opaque(), watch.live.exchanges,
                      observer.idle());
    for (size_t i = 0; i < static_cast<size_t>(Opaque::count); ++i) {
      const auto reason = static_cast<Opaque>(i);
      if (watch.sessions.opaque[reason] > 0) out += fmt::format("{} ", name_of(reason));
    }
    for (const auto& seen : notes.all) {
      if (seen.complete || !observer.opaque())
        out += fmt::format("\n{} ({}) {}", seen.head, seen.body, seen.complete);
    }
  }
  require(watch.live.ended == watch.live.exchanges, "every exchange ends");
  require(watch.sessions.opaque.sum() <= 1, "a connection turns opaque once");
  return out;
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  Input input(data, size);
  const auto steps = input.steps();
  const std::string whole = observe(input.rest(), {});
  require_equal(whole, observe(input.rest(), steps), "cut");
  require_equal(whole, observe(input.rest(), {1}), "byte by byte");
  return 0;
}
